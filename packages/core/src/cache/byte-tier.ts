import type { StoreHealth } from "../adapter/breaker.ts";
import type { ByteCacheAdapter, CallOptions } from "../adapter/contract.ts";
import type { Guard } from "../adapter/guard.ts";
import { KeyedQueue } from "../base/keyed-queue.ts";
import { type Awaitable, isPromiseLike } from "../base/async.ts";
import type { Entry } from "../entry/entry.ts";
import { recordId } from "../entry/record-id.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import { DatastoreError } from "../report/errors.ts";
import type { CacheTier } from "./tier.ts";

// How long a record outlasts its freshness where the store compares stamps: as long as an older load may be under way.
const LATE = 60_000;

/** Envelopes under record ids: every record is checked before it is decoded. */
export class ByteTier implements CacheTier {
  readonly #adapter: ByteCacheAdapter;
  readonly #guard: Guard;
  readonly #queue = new KeyedQueue(); // a deletion comes after the writes that were asked for before it
  readonly #records: RecordFormat;

  constructor(adapter: ByteCacheAdapter, guard: Guard, records: RecordFormat) {
    this.#adapter = adapter;
    this.#guard = guard;
    this.#records = records;
  }

  get health(): StoreHealth {
    return this.#guard.health;
  }

  get(key: string): Awaitable<Entry | undefined> {
    const found = this.#guard.call("get", key, (options) => this.#adapter.get(recordId(key), options));
    return isPromiseLike(found) ? found.then((bytes) => this.#decode(key, bytes)) : this.#decode(key, found);
  }

  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    const bytes = this.#records.toRecord(key, entry, payload ?? this.#records.encodeValue(key, entry.value));
    return this.#queue.run(key, () => this.#guard.call("set", key, (call) => this.#put(key, bytes, ttl, entry.loadedAt, call)));
  }

  expire(key: string): Awaitable<void> {
    return this.#queue.run(key, () => this.#forget(key));
  }

  delete(key: string, stamp: number): Awaitable<void> {
    if (this.#adapter.setUnlessNewer === undefined) return this.expire(key);
    return this.#queue.run(key, async () => {
      await this.#forget(key);
      await this.#writeTombstone(key, stamp);
    });
  }

  deleteIfNotNewer(key: string, loadedAt: number): Awaitable<void> {
    if (this.#adapter.setUnlessNewer === undefined) return this.expire(key);
    return this.#queue.run(key, () => this.#writeTombstone(key, loadedAt));
  }

  close(): Awaitable<void> {
    return this.#guard.release("close", () => this.#adapter.close?.());
  }

  #forget(key: string): Awaitable<void> {
    return this.#guard.call("delete", key, (call) => this.#adapter.delete(recordId(key), call));
  }

  /** Leaves a mark that keeps out what another process had begun to load before. */
  #writeTombstone(key: string, stamp: number): Awaitable<void> {
    return this.#guard.call("set", key, (call) => this.#put(key, this.#records.tombstone(key, stamp), 0, stamp, call));
  }

  /** Another process may have cached a newer value since: where the store can, it keeps that. */
  #put(key: string, bytes: Uint8Array, ttl: number, loadedAt: number, call: CallOptions): Awaitable<void> {
    const id = recordId(key);
    if (this.#adapter.setUnlessNewer === undefined) return this.#adapter.set(id, bytes, ttl, call);
    return this.#adapter.setUnlessNewer(id, bytes, ttl + LATE, Object.assign(call, { loadedAt }));
  }

  #decode(key: string, bytes: Uint8Array | undefined): Entry | undefined {
    if (bytes === undefined) return undefined;
    const entry = this.#records.fromRecord(key, bytes);
    if (typeof entry !== "string") return entry;
    const message = `${this.#adapter.name} has a record that cannot be used: ${entry}`;
    throw new DatastoreError("UNREADABLE", message, { key, adapter: this.#adapter.name, operation: "get" });
  }
}
