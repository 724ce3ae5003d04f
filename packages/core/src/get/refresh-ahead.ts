import { RecentMap } from "../base/recent-map.ts";
import type { Entry } from "../entry/entry.ts";
import type { GetPolicy } from "../options/policies.ts";

/** Which cached copies are due for a refresh ahead of their expiry: once each, whether the refresh succeeds or not. */
export class RefreshAhead {
  readonly #expiries = new RecentMap<number>(10_000);

  /** Whether a refresh of this copy is to begin now. A yes counts as begun. */
  due(key: string, entry: Entry, policy: GetPolicy, now: number): boolean {
    if (entry.stale || !isOldEnough(entry, policy, now) || this.#expiries.get(key) === entry.expiresAt) return false;
    this.#expiries.set(key, entry.expiresAt);
    return true;
  }
}

/** Whether the copy has lived through the share of its own ttl that `refreshAhead` says: a loader may have set another than was asked for. */
function isOldEnough({ filledAt, expiresAt }: Entry, { refreshAhead = 1 }: GetPolicy, now: number): boolean {
  return now - filledAt >= (expiresAt - filledAt) * refreshAhead; // never true of what never expires
}
