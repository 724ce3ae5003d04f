import type { Backup } from "../backup/backup.ts";
import type { WriteOutcome } from "../backup/owed-writes.ts";
import { type Awaitable, isPromiseLike, mapAwaitable, rethrow } from "../base/async.ts";
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

/** Step 4 of a get: stores the value of a successful load in the cache and the backup. */
export class Keeper {
  readonly #parts: KeeperParts;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  keep(load: Flight, entry: Entry, context: LoaderContext): Awaitable<void> {
    if (entry.value === undefined || !context.isKept || load.mayWrite === "nothing") return;
    if (entry.stamp !== context.stamp) return this.#renew(load, entry);
    const { backup, drill } = this.#parts;
    const payload = backup.tryEncode(load.key, entry.value);
    const written = this.#write(load, entry, payload);
    if (drill === 0 || payload === undefined || drill <= Math.random()) return written;
    return mapAwaitable(() => written, () => backup.drill(load.key, entry.stamp), rethrow);
  }

  /** A value that comes after its load has timed out. */
  async keepLate(load: Flight, entry: Entry, context: LoaderContext): Promise<void> {
    if (load.mayWrite !== "nothing") this.#parts.outages.recovered(load.key, this.#parts.now());
    await this.keep(load, entry, context);
  }

  /** Puts an entry into the cache for as long as it is fresh, if the load may still write there. */
  fill(load: Flight, entry: Entry, payload?: Uint8Array): Awaitable<void> {
    if (!mayFill(load)) return;
    const { cache, now } = this.#parts;
    const ttl = entry.expiresAt - now();
    if (ttl > 0) return cache.tryFill(load.key, entry, ttl, payload);
    // This value must not be cached, or has expired. Then no older value may stay there either, such as one from another process.
    return entry.stale ? undefined : cache.tryDeleteIfNotNewer(load.key, entry.stamp);
  }

  #fillHere(load: Flight, entry: Entry): Awaitable<void> {
    const { cache, now } = this.#parts;
    const ttl = entry.expiresAt - now();
    if (ttl > 0 && mayFill(load)) return cache.tryFillHere(load.key, entry, ttl);
  }

  /** Does not write a value again that is still valid. Reports its use, and caches it as fresh. */
  async #renew(load: Flight, entry: Entry): Promise<void> {
    const { backup, outages, now } = this.#parts;
    backup.tryTouch(load.key, entry, now());
    outages.retract(load.key, now());
    await Promise.all([this.fill(load, entry), backup.tryRenew(load, entry, load.policy.backupWait)]);
  }

  #write(load: Flight, entry: Entry, payload: Uint8Array | undefined): Awaitable<void> {
    const { cache, backup } = this.#parts;
    const { key, policy } = load;
    const { loadedAt, stamp, metadata, marks } = entry;
    const writing = payload && backup.tryWrite({ key, loadedAt, stamp, payload, metadata, marks }, policy.backupWait);
    // Other processes may see a value only once it is durable, because a crash must not take back an answer.
    const filling = cache.isShared ? this.#fillHere(load, entry) : this.fill(load, entry, payload);
    if (cache.isShared || isPromiseLike(filling) || isPromiseLike(writing)) return this.#writeOn(load, entry, payload, filling, writing);
    return writing?.isOvertaken ? this.#withdraw(load, writing) : undefined;
  }

  async #writeOn(
    load: Flight,
    entry: Entry,
    payload: Uint8Array | undefined,
    filling: Awaitable<void>,
    writing: Awaitable<WriteOutcome | undefined>,
  ): Promise<void> {
    await filling;
    const outcome = await writing;
    if (outcome?.isOvertaken) return this.#withdraw(load, outcome);
    if (this.#parts.cache.isShared) await this.fill(load, entry.stamped(outcome?.stamp ?? entry.stamp), payload);
  }

  /** Another process was faster, and may die before it has cached its value. So the older copy must go now. */
  #withdraw({ key, policy }: Flight, { newest }: WriteOutcome): Awaitable<void> {
    return policy.useCache ? this.#parts.cache.tryDeleteIfNotNewer(key, newest - 1) : undefined;
  }
}

/** Whether the load may still put its value into the cache. */
function mayFill({ policy, mayWrite }: Flight): boolean {
  return policy.useCache && mayWrite === "cache and backup";
}
