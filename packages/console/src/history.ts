import type { Datastore } from "@lastgood/core";

const MINUTE = 60_000;
/** How many minutes are remembered. */
const MINUTES = 60;

/** What happened in a minute. */
export interface Minute {
  /** Epoch milliseconds at which it began. */
  readonly at: number;
  hits: number;
  loads: number;
  failures: number;
  fallbacks: number;
  /** Milliseconds that all of its loads took together, failed ones included. */
  loadTime: number;
}

/** The last hour of a datastore, by minute. It sets no timer: minutes are made when something happens in them, or when they are asked for. */
export class History {
  readonly #minutes: Minute[] = [];

  constructor(datastore: Datastore) {
    datastore.on("hit", () => void this.#now().hits++);
    datastore.on("loaded", ({ duration }) => this.#load(duration, 0));
    datastore.on("loadFailed", ({ duration }) => this.#load(duration, 1));
    datastore.on("fallback", () => void this.#now().fallbacks++);
  }

  /** The last hour, the oldest minute first; minutes in which nothing happened included. */
  lastHour(): readonly Minute[] {
    const last = startOf(Date.now());
    const known = new Map(this.#minutes.map((minute) => [minute.at, minute]));
    return Array.from({ length: MINUTES }, (_, index) => {
      const at = last - (MINUTES - 1 - index) * MINUTE;
      return known.get(at) ?? emptyMinute(at);
    });
  }

  #load(duration: number, failures: number): void {
    const minute = this.#now();
    minute.loads++;
    minute.failures += failures;
    minute.loadTime += duration;
  }

  #now(): Minute {
    const at = startOf(Date.now());
    const last = this.#minutes.at(-1);
    if (last?.at === at) return last;
    const minute = emptyMinute(at);
    this.#minutes.push(minute);
    if (this.#minutes.length > MINUTES) this.#minutes.shift();
    return minute;
  }
}

function startOf(time: number): number {
  return time - (time % MINUTE);
}

function emptyMinute(at: number): Minute {
  return { at, hits: 0, loads: 0, failures: 0, fallbacks: 0, loadTime: 0 };
}
