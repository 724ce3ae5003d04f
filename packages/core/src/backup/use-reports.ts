import { RecentMap } from "../base/recent-map.ts";

const SHARE = 0.1;

/** The shortest interval between two reports of a key's use to the store, in milliseconds. */
export function reportInterval(cullTime: number): number {
  return cullTime * SHARE;
}

/** How long a key must be without a reported use before a cull may delete it. Longer than `cullTime`, because the last use may be unreported. */
export function unusedFor(cullTime: number): number {
  return cullTime + reportInterval(cullTime);
}

/** Decides which uses of backups to report to the store. One per key and `interval` is enough for the cull. */
export class UseReports {
  readonly #interval: number;
  readonly #last = new RecentMap<number>(50_000);

  constructor(interval: number) {
    this.#interval = interval;
  }

  /** Whether to report a use at `now`, if the store knows of a use at `known`. Returning `true` counts as a report. */
  due(key: string, known: number, now: number): boolean {
    if (now - known < this.#interval) return false; // used recently: nothing to remember
    const last = this.#last.get(key);
    if (last !== undefined && now - last < this.#interval) return false;
    this.#last.set(key, now);
    return true;
  }
}
