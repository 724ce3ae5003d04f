import { RecentMap } from "../base/recent-map.ts";

/** Which uses of backups are worth telling the store of: one per key and `interval` is enough for the cull. */
export class UseReports {
  readonly #interval: number;
  readonly #last = new RecentMap<number>(50_000);

  constructor(interval: number) {
    this.#interval = interval;
  }

  /** Whether a use at `now` is to be told, given a use at `known` that was. A yes counts as told. */
  due(key: string, known: number, now: number): boolean {
    if (now - known < this.#interval) return false; // loaded or stood in lately: no need to remember anything
    const last = this.#last.get(key);
    if (last !== undefined && now - last < this.#interval) return false;
    this.#last.set(key, now);
    return true;
  }
}
