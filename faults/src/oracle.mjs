/**
 * Judges what a process under test has done, by what it wrote down, and from outside. It knows nothing of caches and
 * backups: only which answers a caller must never see.
 */

import { FLEET_INVARIANTS } from "./fleet/judge.mjs";
import { isWhole } from "./value.mjs";

/**
 * @typedef {object} ErrorNote
 * @property {string} name
 * @property {string} message
 * @property {string} [code]
 * @property {boolean} own Whether it is the very error that the source threw.
 *
 * @typedef {object} GetNote What one caller got. Times are milliseconds of a clock that all processes of the machine share.
 * @property {"get"} note
 * @property {number} process
 * @property {number} order The number of the order that asked for it.
 * @property {string} key
 * @property {number} began
 * @property {number} ended
 * @property {number} withinMs Its deadline: all time-outs that may be used up one after the other, and some for a busy machine.
 * @property {unknown} [value]
 * @property {number} [loadedAt]
 * @property {"cache" | "loader" | "backup"} [source]
 * @property {boolean} [stale]
 * @property {boolean} [unkept] The source gave what no store can keep: nobody is promised to get it again.
 * @property {ErrorNote} [error] In place of a value.
 *
 * @typedef {{ note: "event", process: number, event: string, at: number, key?: string, message?: string, details?: string }} EventNote
 * @typedef {{ note: "trouble", process: number, trouble: string, message: string }} TroubleNote
 *
 * @typedef {object} ExitNote
 * @property {"exit"} note
 * @property {number} process
 * @property {boolean} asked Whether it was asked to close, and so had to end by itself; else it was killed.
 * @property {string} how Such as "code 0", or what it took to end it.
 * @property {readonly string[]} left What is still there of it: processes, files.
 *
 * @typedef {GetNote | EventNote | TroubleNote | ExitNote | import("./fleet/judge.mjs").FleetNote} Note
 * @typedef {{ kind: keyof typeof INVARIANTS | keyof typeof FLEET_INVARIANTS, what: string }} Violation
 */

/** Every one of these holds whatever breaks. Each lists what contradicts it. */
const INVARIANTS = {
  /** A value is whole. @param {readonly Note[]} log */
  torn: (log) => answers(log).filter(({ value }) => !isWhole(value)).map(shown),

  /** A key is answered with a value of its own. @param {readonly Note[]} log */
  foreign: (log) => wholeAnswers(log).filter(({ key, value }) => value.key !== key).map(shown),

  /** Nobody gets a value that is older than one somebody had before he asked. @param {readonly Note[]} log */
  older: (log) =>
    byKey(log).flatMap((notes) => {
      const whole = wholeAnswers(notes);
      return whole.filter((note) => note.value.version < newestBefore(note, whole, notes)).map(shown);
    }),

  /** Nobody gets an error for a key that somebody had a value of before he asked. @param {readonly Note[]} log */
  error: (log) =>
    byKey(log).flatMap((notes) => {
      const whole = wholeAnswers(notes);
      const failed = notes.filter(({ error }) => error !== undefined && !isFinal(error));
      return failed.filter((note) => newestBefore(note, whole, notes) > -Infinity).map(shown);
    }),

  /** An error is the one of the source, or says that it took too long. @param {readonly Note[]} log */
  "not the source's": (log) => gets(log).filter(({ error }) => error && !error.own && error.code !== "LOAD_TIMEOUT").map(shown),

  /** Every get ends within its deadline. @param {readonly Note[]} log */
  late: (log) => gets(log).filter(({ began, ended, withinMs }) => ended - began > withinMs).map(shown),

  /** The time at which a value was loaded stays what it was. 0 where it cannot be true, after a clock was wrong: then the age is not known. @param {readonly Note[]} log */
  rejuvenated: (log) => {
    /** @type {Map<string, number | undefined>} */
    const first = new Map();
    return wholeAnswers(log).filter(({ value, loadedAt }) => {
      const id = `${value.version} ${value.key}`;
      if (!first.has(id)) first.set(id, loadedAt);
      return loadedAt !== 0 && first.get(id) !== loadedAt;
    }).map(shown);
  },

  /** What stands in for a load that failed is marked as stale. @param {readonly Note[]} log */
  unmarked: (log) => answers(log).filter(({ source, stale }) => source === "backup" && stale !== true).map(shown),

  /** No rejection that nobody holds, no exception that nobody catches, no warning. @param {readonly Note[]} log */
  unhandled: (log) => log.flatMap((note) => (note.note === "trouble" ? [`${note.trouble}: ${note.message}`] : [])),

  /** Who is asked to close ends by itself. @param {readonly Note[]} log */
  "did not end": (log) => exits(log).filter(({ asked, how }) => asked && how !== "code 0").map(({ how }) => how),

  /** Nothing is left of who was asked to close. @param {readonly Note[]} log */
  "left over": (log) => exits(log).filter(({ asked }) => asked).flatMap(({ left }) => left),
};

/**
 * Where near copies are bounded by a time, the judge of fleets says what is too old.
 * @param {readonly Note[]} log In the order in which it was written down.
 * @returns {Violation[]}
 */
export function violations(log) {
  const { older, ...others } = INVARIANTS;
  const isFleet = log.some(({ note }) => note === "bound");
  const invariants = Object.entries(isFleet ? { ...others, ...FLEET_INVARIANTS } : { older, ...others });
  return invariants.flatMap(([kind, invariant]) => invariant(log).map((what) => ({ kind: /** @type {Violation["kind"]} */ (kind), what })));
}

/** @param {readonly Note[]} log @returns {GetNote[]} */
export function gets(log) {
  return log.filter((note) => note.note === "get");
}

/** @param {readonly Note[]} log @returns {GetNote[][]} The gets of each key. */
function byKey(log) {
  /** @type {Map<string, GetNote[]>} */
  const groups = new Map();
  for (const note of gets(log)) {
    const group = groups.get(note.key);
    if (group) group.push(note);
    else groups.set(note.key, [note]);
  }
  return Array.from(groups.values());
}

/** @param {readonly Note[]} log */
function exits(log) {
  return log.filter((note) => note.note === "exit");
}

/** @param {readonly Note[]} log */
function answers(log) {
  // A source may have nothing to give, and then there is nothing to judge.
  return gets(log).filter(({ error, source, value }) => error === undefined && !(source === "loader" && value === undefined));
}

/** @typedef {GetNote & { value: import("./value.mjs").Value }} WholeAnswer @param {readonly Note[]} log */
function wholeAnswers(log) {
  return /** @type {WholeAnswer[]} */ (answers(log).filter(({ value }) => isWhole(value)));
}

/**
 * @param {GetNote} note
 * @param {readonly WholeAnswer[]} whole
 * @param {readonly GetNote[]} notes Of the same key.
 * @returns {number} The newest version that somebody had before this get began, and since the key was last gone.
 */
function newestBefore({ key, began }, whole, notes) {
  const goneAt = notes.reduce((latest, note) => (isGone(note) && note.ended < began ? Math.max(latest, note.began) : latest), -Infinity);
  const before = whole.filter((note) => note.value.key === key && note.ended < began && note.began > goneAt && !note.unkept);
  return before.reduce((newest, { value }) => Math.max(newest, value.version), -Infinity);
}

/** @param {GetNote} note */
function isGone({ error }) {
  return error?.own === true && error.name === "GoneError";
}

/** The source itself says that there is to be no answer. @param {ErrorNote} error */
function isFinal({ own, name }) {
  return own && (name === "GoneError" || name === "DeniedError");
}

/** @param {GetNote} note */
function shown({ process, key, began, ended, value, source, error }) {
  const got = error ? `${error.name}: ${error.message}` : `${source} ${JSON.stringify(value) ?? "undefined"}`;
  return `process ${process}, ${JSON.stringify(key.slice(0, 60))}, after ${Math.round(ended - began)} ms: ${got.slice(0, 200)}`;
}
