import { LONGEST_TIMER, wasFrozen } from "../time/deadline.ts";

// Calls within so many milliseconds begin together: a timer is no more exact. Of a short time, a hundredth.
const AT_ONCE = 1;
const SHARE = 0.01;

/** What waits for an answer, and no longer than its time. */
export interface Timed {
  /** Does nothing if the answer has come. */
  timeOut(): void;
}

/**
 * The end of the time of calls that began together: one timer for all of them, which keeps no process alive.
 *
 * A process that was frozen runs its timers first, before it reads the answers that have come in meanwhile. So the time begins once more.
 */
export class Deadline {
  readonly #ms: number;
  readonly #began: number;
  readonly #calls: Timed[] = [];
  #timer: NodeJS.Timeout | undefined;
  #left = 0;

  constructor(ms: number, began: number) {
    this.#ms = ms;
    this.#began = began;
    this.#timer = setTimeout(() => this.#due(), ms).unref();
  }

  /** Whether a call that begins now has the same time. */
  isFor(now: number): boolean {
    return this.#timer !== undefined && now - this.#began < Math.min(AT_ONCE, this.#ms * SHARE);
  }

  add(call: Timed): void {
    this.#left++;
    this.#calls.push(call);
  }

  /** One of the calls has its answer. */
  answered(): void {
    if (--this.#left > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #due(): void {
    if (wasFrozen(this.#began + this.#ms)) this.#timer = setTimeout(() => this.#timeOut(), this.#ms).unref();
    else this.#timeOut();
  }

  #timeOut(): void {
    this.#timer = undefined;
    for (const call of this.#calls) call.timeOut();
  }
}

/** The deadlines of the calls to one store, all of which have the same time. */
export class Deadlines {
  readonly #ms: number;
  /** Of the calls that begin in this turn of the event loop. */
  #ofThisTurn: Deadline | undefined;
  #endsTurn = false;

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** The deadline of a call that begins now; `undefined` if its time is endless. */
  begin(call: Timed): Deadline | undefined {
    if (this.#ms > LONGEST_TIMER) return undefined;
    const now = performance.now();
    const deadline = this.#ofThisTurn?.isFor(now) === true ? this.#ofThisTurn : this.#next(now);
    deadline.add(call);
    return deadline;
  }

  #next(now: number): Deadline {
    this.#ofThisTurn = new Deadline(this.#ms, now);
    // Once a turn: a program may make any number of calls, one after the other, before the turn ends.
    if (!this.#endsTurn) process.nextTick(() => this.#endTurn());
    this.#endsTurn = true;
    return this.#ofThisTurn;
  }

  #endTurn(): void {
    this.#endsTurn = false;
    this.#ofThisTurn = undefined;
  }
}
