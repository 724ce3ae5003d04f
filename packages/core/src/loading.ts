import type { Awaitable } from "./adapter.ts";
import { ageOf, Entry } from "./entry.ts";
import { DatastoreError, messageOf, saysGone } from "./errors.ts";
import { Load, type Loader } from "./load.ts";
import type { Parts } from "./parts.ts";
import { fallbackTtlOf, type GetPolicy } from "./policies.ts";
import type { Result } from "./result.ts";
import type { Flight } from "./single-flight.ts";
import { invalidity } from "./validity.ts";

/** Steps 3 to 6 of a get: what a flight does, from the loader to an answer or to the loader's own error. */
export class Loading {
  readonly #parts: Parts;
  readonly #standIns = new WeakMap<Flight, Promise<Result<unknown> | undefined>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  // Step 3: call the loader.

  async load<T>(key: string, loader: Loader<T>, policy: GetPolicy, flight: Flight): Promise<Result<T>> {
    const { events, stamps, outages, results, now } = this.#parts;
    const began = now();
    const load = new Load<T>(key, stamps.next(key, began), policy, () => this.#lastGood(key, policy), results);
    let entry: Entry<T>;
    try {
      const value = await load.run(loader);
      entry = load.isNotModified(value) ? await this.#renewed(load, policy) : load.entry(value, now());
    } catch (error) {
      if (load.timedOut) flight.lingers = load.late((value) => this.#keepLate(load, load.entry(value, now()), policy, flight));
      events.emit("loadFailed", { key, error, duration: Math.max(0, now() - began) });
      return this.#fallBack(key, error, policy, flight);
    }
    events.emit("load", { key, loadedAt: entry.loadedAt, duration: Math.max(0, now() - began) });
    outages.recovered(key, now());
    await this.#keep(load, entry, policy, flight);
    return results.of("loader", key, entry);
  }

  /** The last good value, fresh again. */
  async #renewed<T>(load: Load<T>, policy: GetPolicy): Promise<Entry<T>> {
    const last = load.shown ?? (await this.#lastGood(load.key, policy));
    if (last !== undefined) return load.renewed(last as Entry<T>, this.#parts.now()); // a key stands for one type: the caller's business
    throw new DatastoreError("NOTHING_TO_RENEW", `the loader of ${JSON.stringify(load.key)} said notModified(), and there is no backup`, { key: load.key });
  }

  // Step 4: it succeeds. The value goes to cache and backup.

  async #keep<T>(load: Load<T>, entry: Entry<T>, policy: GetPolicy, flight: Flight): Promise<void> {
    if (entry.value === undefined || !load.isKept || flight.mayWrite === "nothing") return;
    if (entry.loadedAt !== load.loadedAt) return this.#renew(load.key, entry, policy, flight);
    const payload = this.#parts.stores.encode(load.key, entry.value);
    await this.#write(load.key, entry, payload, policy, flight);
    if (payload !== undefined && this.#parts.policy.drill > Math.random()) this.#parts.stores.drill(load.key, entry.loadedAt);
  }

  async #keepLate<T>(load: Load<T>, entry: Entry<T>, policy: GetPolicy, flight: Flight): Promise<void> {
    if (flight.mayWrite !== "nothing") this.#parts.outages.recovered(load.key, this.#parts.now());
    await this.#keep(load, entry, policy, flight);
  }

  /** A value that is still right is not written again; it is in use, and fresh in the cache. */
  async #renew(key: string, entry: Entry, policy: GetPolicy, flight: Flight): Promise<void> {
    const { stores, outages, now } = this.#parts;
    stores.touchIfDue(key, entry, now());
    outages.deny(key, now());
    await this.#fill(key, entry, policy, flight);
  }

  async #write(key: string, entry: Entry, payload: Uint8Array | undefined, policy: GetPolicy, flight: Flight): Promise<void> {
    const { stores, policy: store } = this.#parts;
    const { loadedAt, metadata } = entry;
    const writing = payload && stores.keep({ key, loadedAt, payload, metadata }, policy.backupWait);
    // What other processes can see has to be durable first: none of them may answer with a value that a crash takes back.
    const isShared = store.cache.stores === "bytes";
    if (!isShared) await this.#fill(key, entry, policy, flight, payload);
    const { loadedAt: stamp, isOvertaken } = (await writing) ?? { loadedAt, isOvertaken: false };
    if (isShared && !isOvertaken) await this.#fill(key, entry.stamped(stamp), policy, flight, payload);
    if (!isShared && isOvertaken && policy.useCache) await stores.withdraw(key, entry);
  }

  #fill(key: string, entry: Entry, policy: GetPolicy, flight: Flight, payload?: Uint8Array): Awaitable<void> {
    if (!policy.useCache || flight.mayWrite !== "cache and backup") return;
    const { stores, now } = this.#parts;
    const ttl = entry.expiresAt - now();
    if (ttl > 0) return stores.fill(key, entry, ttl, payload);
    // Not to be cached, or expired by now: neither must an older value be, which another process may have put there meanwhile.
    return entry.stale ? undefined : stores.withdraw(key, entry);
  }

  // Step 5: it fails. A usable backup is the answer, and is cached for half the ttl, counted from now.
  // Step 6: with no usable backup, the loader's own error comes through.

  async #fallBack<T>(key: string, error: unknown, policy: GetPolicy, flight: Flight): Promise<Result<T>> {
    const { outages, now } = this.#parts;
    if (!mayFallBack(error, policy)) {
      if (saysGone(error)) await this.#forget(key, policy, flight);
      throw error;
    }
    if (!flight.isAwaited) return this.#giveUp(key, error, flight);
    const backup = await this.usableBackup<T>(key, policy);
    if (backup === undefined) throw error;

    const { failures } = outages.failed(key, error, backup.loadedAt, now());
    const fallbackTtl = fallbackTtlOf(policy, failures);
    outages.record(key, fallbackTtl, now());
    return this.#standIn(key, backup, error, fallbackTtl, policy, flight);
  }

  /** A refresh ahead for which nobody waits: the cached copy is still fresh, and stays. Who comes from now on loads anew. */
  #giveUp(key: string, error: unknown, flight: Flight): never {
    this.#parts.flights.loads.depart(key, flight);
    throw error;
  }

  /** What stands in for a load that takes longer than its `softTimeout`, and goes on. The same for all of its callers. */
  standInForSlow(key: string, policy: GetPolicy, flight: Flight): Promise<Result<unknown> | undefined> {
    const standIn = this.#standIns.get(flight) ?? this.#readForSlow(key, policy, flight);
    this.#standIns.set(flight, standIn);
    return standIn;
  }

  async #readForSlow(key: string, policy: GetPolicy, flight: Flight): Promise<Result<unknown> | undefined> {
    const backup = await this.usableBackup(key, policy);
    if (backup === undefined || flight.isOver) return undefined; // what is over by now has the answer
    const error = new DatastoreError("LOAD_SLOW", `the load of ${JSON.stringify(key)} takes longer than its softTimeout`, { key });
    return this.#standIn(key, backup, error, fallbackTtlOf(policy, 0), policy, flight);
  }

  async #standIn<T>(key: string, backup: Entry<T>, error: unknown, fallbackTtl: number, policy: GetPolicy, flight: Flight): Promise<Result<T>> {
    const { events, stores, results } = this.#parts;
    const now = this.#parts.now();
    const until = Math.min(now + fallbackTtl, backup.loadedAt + policy.maxStale);
    const entry = new Entry(backup.value, backup.loadedAt, until, true, backup.metadata);
    events.emit("fallback", { key, age: ageOf(entry, now), error, until });
    stores.touchIfDue(key, entry, now);
    await this.#fill(key, entry, policy, flight);
    return { ...results.of("backup", key, entry), error };
  }

  /** The last good value, if it is young enough and valid. */
  async usableBackup<T>(key: string, policy: GetPolicy): Promise<Entry<T> | undefined> {
    const { stamps, now } = this.#parts;
    const entry = await this.#lastGood(key, policy);
    if (entry === undefined) return undefined;
    stamps.seen(key, entry.loadedAt);
    return ageOf(entry, now()) <= policy.maxStale ? (entry as Entry<T>) : undefined; // as in #renewed
  }

  #lastGood(key: string, policy: GetPolicy): Promise<Entry | undefined> {
    return this.#parts.stores.lastGood(key, (entry) => refusal(policy, key, entry));
  }

  /** The source says that there is no such thing any more. */
  async #forget(key: string, policy: GetPolicy, flight: Flight): Promise<void> {
    const { stores, stamps, outages, now } = this.#parts;
    if (flight.mayWrite === "nothing") return;
    outages.end(key);
    const deletedAt = stamps.next(key, now());
    await Promise.all([policy.useCache && stores.forgetCached(key, deletedAt), stores.forgetBackup(key, deletedAt)]);
  }
}

async function refusal({ validate }: GetPolicy, key: string, entry: Entry): Promise<string | undefined> {
  const error = await invalidity(validate, entry.value, { key, lastGood: async () => undefined });
  return error === undefined ? undefined : `not valid: ${messageOf(error)}`;
}

/** A `shouldFallback` that throws has not said no. */
function mayFallBack(error: unknown, policy: GetPolicy): boolean {
  try {
    return policy.shouldFallback(error);
  } catch {
    return true;
  }
}
