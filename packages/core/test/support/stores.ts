import type { BackupAdapter, ByteCacheAdapter, CacheAdapter, ValueCacheAdapter } from "../../src/index.ts";
import type { CacheOrder } from "../../src/adapter.ts";
import { gate } from "./gate.ts";

/** A cache of values that never forgets by itself. */
export function mapCache(): ValueCacheAdapter {
  const stored = new Map<string, unknown>();
  return {
    name: "map",
    stores: "values",
    get: (id) => stored.get(id),
    set: (id, value) => void stored.set(id, value),
    delete: (id) => void stored.delete(id),
  };
}

/** A cache of bytes that never forgets by itself. Answers with promises, as one at the end of a wire does. */
export function byteCache(): ByteCacheAdapter & { readonly stored: Map<string, Uint8Array> } {
  const stored = new Map<string, Uint8Array>();
  return {
    name: "bytes",
    stores: "bytes",
    stored,
    get: async (id) => stored.get(id),
    set: async (id, bytes) => void stored.set(id, new Uint8Array(bytes)),
    delete: async (id) => void stored.delete(id),
  };
}

/** The same, but it compares stamps, so that nothing older comes after something newer. */
export function comparingCache(): ReturnType<typeof byteCache> {
  const cache = byteCache();
  const orders = new Map<string, CacheOrder>();
  return {
    ...cache,
    async setUnlessNewer(id, bytes, _ttl, { loadedAt, freshUntil = 0, unlessFreshAfter = Infinity }) {
      const there = cache.stored.has(id) ? orders.get(id) : undefined;
      if (there !== undefined && there.loadedAt > loadedAt) return;
      if (there !== undefined && there.loadedAt === loadedAt && (there.freshUntil ?? 0) > unlessFreshAfter) return;
      orders.set(id, { loadedAt, freshUntil });
      cache.stored.set(id, new Uint8Array(bytes));
    },
    async delete(id) {
      orders.delete(id);
      cache.stored.delete(id);
    },
  };
}

/** A cache with leases, which do not run out by themselves. */
export function leasing(cache: ByteCacheAdapter): ByteCacheAdapter & { readonly leases: Map<string, object> } {
  const leases = new Map<string, object>();
  return {
    ...cache,
    leases,
    async lease(id) {
      if (leases.has(id)) return undefined;
      const own = {};
      leases.set(id, own);
      return () => void (leases.get(id) === own && leases.delete(id));
    },
  };
}

export type Operation = "get" | "set" | "setUnlessNewer" | "read" | "write" | "touch" | "list" | "delete" | "lock" | "close" | "announce" | "listen" | "lease";

/** What a call does in place of what it should: `real` is what it should. */
export type Fault = (real: () => unknown) => unknown;

const DOWN = new Error("the store is down");

export function throws(error: unknown = DOWN): Fault {
  return () => {
    throw error;
  };
}

export function rejects(error: unknown = DOWN): Fault {
  return () => Promise.reject(error);
}

/** Answers with something else, and does nothing. */
export function lies(answer: unknown): Fault {
  return () => answer;
}

/** Does what it should, and then throws: the answer got lost. */
export function throwsAfter(error: unknown = DOWN): Fault {
  return (real) => {
    real();
    throw error;
  };
}

/** Answers with a promise, where the store would answer at once. */
export const isSlow: Fault = async (real) => real();

/** Does nothing until it is released; then what it should. */
export function hangs(): Fault & { release(): void } {
  const opened = gate();
  return Object.assign((real: () => unknown) => opened.promise.then(real), { release: () => opened.open() });
}

interface Call {
  readonly operation: string;
  /** The id that it was about, if any. */
  readonly id: unknown;
  readonly args: readonly unknown[];
}

/** A store whose operations can be told to fail, and which remembers what it was asked. */
export class Breakable<Store extends CacheAdapter | BackupAdapter> {
  readonly adapter: Store;
  readonly calls: Call[] = [];
  readonly #faults = new Map<string, Fault>();

  constructor(store: Store) {
    // A proxy, so that the store keeps its type, its other properties, and the optional methods that it does not have.
    this.adapter = new Proxy(store, {
      get: (target, operation) => {
        const method: unknown = Reflect.get(target, operation, target);
        if (typeof method !== "function" || typeof operation !== "string") return method;
        return (...args: readonly unknown[]) => this.#call(operation, args, () => Reflect.apply(method, target, args));
      },
    });
  }

  fails(operation: Operation, fault: Fault): void {
    this.#faults.set(operation, fault);
  }

  failsAt(operations: readonly Operation[], fault: Fault): void {
    for (const operation of operations) this.fails(operation, fault);
  }

  heals(): void {
    this.#faults.clear();
  }

  /** How often it was asked to do this, with this id if one is given. */
  count(operation: Operation, id?: string): number {
    return this.calls.filter((call) => call.operation === operation && (id === undefined || call.id === id)).length;
  }

  #call(operation: string, args: readonly unknown[], real: () => unknown): unknown {
    const [id] = args;
    this.calls.push({ operation, id, args });
    const fault = this.#faults.get(operation);
    return fault === undefined ? real() : fault(real);
  }
}
