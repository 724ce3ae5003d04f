import { RecentMap } from "../base/recent-map.ts";

const SHARE = 0.1;

/** How often the use of a key is reported to the store at most, in milliseconds. */
export function reportInterval(cullTime: number): number {
  return cullTime * SHARE;
}

/** How long the store must not have heard of a use before a cull may delete: the last use may have gone unreported. */
export function unusedFor(cullTime: number): number {
  return cullTime + reportInterval(cullTime);
}

/** Which uses of backups are worth reporting to the store: one per key and `interval` is enough for the cull. */
export class UseReports {
  readonly #interval: number;
  readonly #last = new RecentMap<number>(50_000);

  constructor(interval: number) {
    this.#interval = interval;
  }

  /** Whether a use at `now` is to be reported, given a use at `known` that the store knows of. A yes counts as reported. */
  due(key: string, known: number, now: number): boolean {
    if (now - known < this.#interval) return false; // loaded or stood in lately: no need to remember anything
    const last = this.#last.get(key);
    if (last !== undefined && now - last < this.#interval) return false;
    this.#last.set(key, now);
    return true;
  }
}
