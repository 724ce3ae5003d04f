import type { CacheAdapter } from "../adapter/contract.ts";
import type { Guard } from "../adapter/guard.ts";
import type { Awaitable } from "../base/async.ts";
import { recordId } from "../entry/record-id.ts";
import type { Events } from "../report/events.ts";

/** Releases a lease. Never fails: a lease that cannot be released expires. */
export type TryRelease = () => Awaitable<void>;

/** The leases of keys, if the store has leases. */
export class KeyLeases {
  readonly #adapter: CacheAdapter;
  readonly #guard: Guard;
  readonly #events: Events;

  constructor(adapter: CacheAdapter, guard: Guard, events: Events) {
    this.#adapter = adapter;
    this.#guard = guard;
    this.#events = events;
  }

  /** Takes the key's lease for `ttl` milliseconds. `undefined`: the store has no leases or fails, so there is nothing to wait for. Never fails. */
  async tryTake(key: string, ttl: number): Promise<TryRelease | "taken" | undefined> {
    const adapter = this.#adapter;
    if (adapter.stores === "values" || adapter.lease === undefined) return undefined;
    try {
      const release = await this.#guard.call("lease", key, (call) => adapter.lease?.(recordId(key), ttl, call));
      return release === undefined ? "taken" : () => this.#tryRelease(key, release);
    } catch (error) {
      this.#events.emit("cacheFailed", { key, operation: "lease", error });
      return undefined;
    }
  }

  async #tryRelease(key: string, release: () => Awaitable<void>): Promise<void> {
    try {
      await this.#guard.call("lease", key, release);
    } catch (error) {
      this.#events.emit("cacheFailed", { key, operation: "lease", error });
    }
  }
}
