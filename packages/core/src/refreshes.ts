const REMEMBERED = 10_000;

/** Which cached copies have been refreshed ahead of their expiry: once each, whether that went well or not. */
export class Refreshes {
  readonly #expiries = new Map<string, number>();

  /** Whether this is the first refresh of the copy that expires at `expiresAt`. */
  begins(key: string, expiresAt: number): boolean {
    if (this.#expiries.get(key) === expiresAt) return false;
    if (this.#expiries.size >= REMEMBERED) this.#expiries.clear(); // costs each of them one load too many
    this.#expiries.set(key, expiresAt);
    return true;
  }
}
