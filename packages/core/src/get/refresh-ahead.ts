import { RecentMap } from "../base/recent-map.ts";
import type { Entry } from "../entry/entry.ts";
import type { GetPolicy } from "../options/policies.ts";

/** Which cached copies are to be refreshed ahead of their expiry: once each, whether that goes well or not. */
export class RefreshAhead {
  readonly #expiries = new RecentMap<number>(10_000);

  /** Whether a refresh of this copy is to begin now. A yes counts as begun. */
  due(key: string, entry: Entry, policy: GetPolicy, now: number): boolean {
    if (entry.stale || !isOldEnough(entry, policy, now) || this.#expiries.get(key) === entry.expiresAt) return false;
    this.#expiries.set(key, entry.expiresAt);
    return true;
  }
}

/** Whether the copy is older than the share of its ttl that `refreshAhead` says. A loader may have set it a shorter ttl. */
function isOldEnough({ loadedAt, expiresAt }: Entry, { ttl, refreshAhead = 1 }: GetPolicy, now: number): boolean {
  const life = Math.min(ttl, expiresAt - loadedAt);
  return life - (expiresAt - now) >= life * refreshAhead; // never true of what never expires
}
