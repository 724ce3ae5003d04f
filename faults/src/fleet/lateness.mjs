/** @typedef {import("../oracle.mjs").Note} Note @typedef {{ from: number, to: number }} Span */

/** The harness itself: while it does not run, the machine has no time for anybody. */
const HARNESS = 0;

/** How long processes did not run although they could have: what no promise covers on a busy machine. */
export class Lateness {
  /** @type {Map<number, Span[]>} */ #pulses = new Map();
  /** @type {Map<number, Span[]>} */ #frozen = new Map();

  /** @param {readonly Note[]} log */
  constructor(log) {
    for (const note of log) {
      if (note.note === "pulse") add(this.#pulses, note);
      if (note.note === "frozen") add(this.#frozen, note);
    }
  }

  /** For want of a processor. Being stopped on purpose is part of a fault. @param {number} process @param {number} from @param {number} to */
  of(process, from, to) {
    const frozen = this.#frozen.get(process) ?? [];
    const own = (this.#pulses.get(process) ?? []).filter((late) => !frozen.some((span) => span.from < late.to && late.from < span.to));
    return overlap(own, from, to) + overlap(this.#pulses.get(HARNESS) ?? [], from, to);
  }

  /** For whatever reason. @param {number} process @param {number} from @param {number} to */
  ofAny(process, from, to) {
    return overlap(this.#pulses.get(process) ?? [], from, to) + overlap(this.#frozen.get(process) ?? [], from, to) + overlap(this.#pulses.get(HARNESS) ?? [], from, to);
  }
}

/** @param {Map<number, Span[]>} spans @param {Span & { process: number }} note */
function add(spans, { process, from, to }) {
  const known = spans.get(process);
  if (known) known.push({ from, to });
  else spans.set(process, [{ from, to }]);
}

/** @param {readonly Span[]} spans @param {number} from @param {number} to */
function overlap(spans, from, to) {
  return spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.to, to) - Math.max(span.from, from)), 0);
}

/**
 * Notes when timers come late.
 * @param {(span: Span) => void} note
 * @returns {() => void} Ends it.
 */
export function pulse(note) {
  let due = machineNow() + EVERY_MS;
  const timer = setInterval(() => {
    const now = machineNow();
    if (now - due > LATE_MS) note({ from: due, to: now });
    due = now + EVERY_MS;
  }, EVERY_MS).unref();
  return () => clearInterval(timer);
}

const EVERY_MS = 20;
const LATE_MS = 10;

/** @returns {number} Milliseconds, by the one clock that all processes of a machine share. */
export function machineNow() {
  return Number(process.hrtime.bigint()) / 1e6;
}
