import { RecentMap } from "./recent-map.ts";

/** Which cached copies have been refreshed ahead of their expiry: once each, whether that went well or not. */
export class Refreshes {
  readonly #expiries = new RecentMap<number>(10_000);

  /** Whether this is the first refresh of the copy that expires at `expiresAt`. */
  begins(key: string, expiresAt: number): boolean {
    if (this.#expiries.get(key) === expiresAt) return false;
    this.#expiries.set(key, expiresAt);
    return true;
  }
}
