import { RecentMap } from "../base/recent-map.ts";
import type { Entry } from "../entry/entry.ts";
import type { GetPolicy } from "../options/policies.ts";

/** Decides which cached copies are due for a refresh before they expire. Each is refreshed once, whether that succeeds or not. */
export class RefreshAhead {
  readonly #expiries = new RecentMap<number>(10_000);

  /** Whether to refresh this copy now. After `true`, the refresh counts as begun. */
  due(key: string, entry: Entry, policy: GetPolicy, now: number): boolean {
    if (entry.stale || !isOldEnough(entry, policy, now) || this.#expiries.get(key) === entry.expiresAt) return false;
    this.#expiries.set(key, entry.expiresAt);
    return true;
  }
}

/** Whether the share `refreshAhead` of the copy's own ttl has passed. A loader may have set that ttl. */
function isOldEnough({ filledAt, expiresAt }: Entry, { refreshAhead = 1 }: GetPolicy, now: number): boolean {
  return now - filledAt >= (expiresAt - filledAt) * refreshAhead; // never true for a copy that never expires
}
