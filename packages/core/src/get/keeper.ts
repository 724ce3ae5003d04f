import type { Backup } from "../backup/backup.ts";
import type { Awaitable } from "../base/async.ts";
import type { Cache } from "../cache/cache.ts";
import type { Entry } from "../entry/entry.ts";
import type { Outages } from "../outage/outages.ts";
import type { Flight } from "../load/flight.ts";
import type { LoaderContext } from "../load/loader-context.ts";

export interface KeeperParts {
  readonly cache: Cache;
  readonly backup: Backup;
  readonly outages: Outages;
  /** The share of good loads whose backup is read back. */
  readonly drill: number;
  readonly now: () => number;
}

/** Step 4 of a get: a load has succeeded, and its value goes to cache and backup. */
export class Keeper {
  readonly #parts: KeeperParts;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  async keep(load: Flight, entry: Entry, context: LoaderContext): Promise<void> {
    if (entry.value === undefined || !context.isKept || load.mayWrite === "nothing") return;
    if (entry.stamp !== context.stamp) return this.#renew(load, entry);
    const { backup, drill } = this.#parts;
    const payload = backup.tryEncode(load.key, entry.value);
    await this.#write(load, entry, payload);
    if (payload !== undefined && drill > Math.random()) backup.drill(load.key, entry.stamp);
  }

  /** A value that comes after its load has timed out. */
  async keepLate(load: Flight, entry: Entry, context: LoaderContext): Promise<void> {
    if (load.mayWrite !== "nothing") this.#parts.outages.recovered(load.key, this.#parts.now());
    await this.keep(load, entry, context);
  }

  /** Puts an entry into the cache for as long as it is fresh, if the load may still write there. */
  fill(load: Flight, entry: Entry, payload?: Uint8Array): Awaitable<void> {
    if (!load.policy.useCache || load.mayWrite !== "cache and backup") return;
    const { cache, now } = this.#parts;
    const ttl = entry.expiresAt - now();
    if (ttl > 0) return cache.tryFill(load.key, entry, ttl, payload);
    // Not to be cached, or expired by now: neither must an older value be, which another process may have put there meanwhile.
    return entry.stale ? undefined : cache.tryDeleteIfNotNewer(load.key, entry.stamp);
  }

  /** A value that is still right is not written again; it is in use, and fresh in the cache. */
  async #renew(load: Flight, entry: Entry): Promise<void> {
    const { backup, outages, now } = this.#parts;
    backup.tryTouch(load.key, entry, now());
    outages.retract(load.key, now());
    await Promise.all([this.fill(load, entry), backup.tryRenew(load, entry, load.policy.backupWait)]);
  }

  async #write(load: Flight, entry: Entry, payload: Uint8Array | undefined): Promise<void> {
    const { cache, backup } = this.#parts;
    const { key, policy } = load;
    const { loadedAt, stamp: ownStamp, metadata } = entry;
    const writing = payload && backup.tryWrite({ key, loadedAt, stamp: ownStamp, payload, metadata }, policy.backupWait);
    // What other processes can see has to be durable first: none of them may answer with a value that a crash takes back.
    if (!cache.isShared) await this.fill(load, entry, payload);
    const { stamp, newest, isOvertaken } = (await writing) ?? { stamp: ownStamp, newest: ownStamp, isOvertaken: false };
    // The process that was faster may die before its value is cached: no older copy must answer in its place.
    if (isOvertaken) return policy.useCache ? cache.tryDeleteIfNotNewer(key, newest - 1) : undefined;
    if (cache.isShared) await this.fill(load, entry.stamped(stamp), payload);
  }
}
