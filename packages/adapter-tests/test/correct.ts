import type { AnnouncementListener, BackupAdapter, BackupRecord, ByteCacheAdapter, CacheOrder, ValueCacheAdapter } from "@lastgood/core/adapter";
import type { CreateStore } from "../src/index.ts";

/** Minimal correct adapters. The broken ones differ from them in one method each. */

export function valueCache(): ValueCacheAdapter {
  const values = new Map<string, unknown>();
  return {
    name: "values",
    stores: "values",
    get: (id) => values.get(id),
    set: (id, value) => void values.set(id, value),
    delete: (id) => void values.delete(id),
  };
}

export function byteCache(): ByteCacheAdapter {
  const values = new Map<string, Uint8Array>();
  return {
    name: "bytes",
    stores: "bytes",
    get: (id) => values.get(id)?.slice(),
    set: (id, bytes) => void values.set(id, new Uint8Array(bytes)),
    delete: (id) => void values.delete(id),
  };
}

/** A byte cache that can tell an older value from a newer one. */
export function comparingByteCache(): ByteCacheAdapter {
  const cache = byteCache();
  const orders = new Map<string, CacheOrder>();
  return {
    ...cache,
    getMany: async (ids) => Promise.all(ids.map((id) => cache.get(id))),
    set(id, bytes, ttlMs) {
      orders.delete(id);
      return cache.set(id, bytes, ttlMs);
    },
    setUnlessNewer(id, bytes, ttlMs, { loadedAt, freshUntil = 0, unlessFreshAfter = Infinity }) {
      const there = orders.get(id);
      if (there !== undefined && there.loadedAt > loadedAt) return;
      if (there?.loadedAt === loadedAt && (there.freshUntil ?? 0) > unlessFreshAfter) return;
      orders.set(id, { loadedAt, freshUntil });
      return cache.set(id, bytes, ttlMs);
    },
    delete(id) {
      orders.delete(id);
      return cache.delete(id);
    },
  };
}

/** A byte cache through which processes tell each other of changes, and lease keys. */
export function fleetCache(): ByteCacheAdapter & Required<Pick<ByteCacheAdapter, "announce" | "listen" | "lease">> {
  const listeners = new Set<AnnouncementListener>();
  const leases = new Map<string, { readonly until: number }>();
  return {
    ...byteCache(),
    announce: (message) => listeners.forEach(({ heard }) => heard(message.slice())),
    listen(listener) {
      const own = { ...listener };
      listeners.add(own);
      own.gap();
      return { confirm: () => {}, stop: () => void listeners.delete(own) };
    },
    lease(id, ttlMs) {
      if ((leases.get(id)?.until ?? 0) > Date.now()) return undefined;
      const own = { until: Date.now() + ttlMs };
      leases.set(id, own);
      return () => void (leases.get(id) === own && leases.delete(id));
    },
  };
}

/** The records of one id in a backup: at most two, the newest first. */
export interface Shelf {
  usedAt: number;
  records: readonly BackupRecord[];
}

export type Shelves = Map<string, Shelf>;

/** A backup with an accessible store, which broken adapters change. */
export function backup(shelves: Shelves = new Map()): BackupAdapter {
  let locked: object | undefined;
  return {
    name: "shelves",
    read(id, { before = Infinity } = {}) {
      const record = shelves.get(id)?.records.find(({ loadedAt }) => loadedAt < before);
      return record && { ...record, bytes: new Uint8Array(record.bytes) };
    },
    write(id, bytes, { loadedAt, usedAt }) {
      const shelf = shelves.get(id) ?? { usedAt: 0, records: [] };
      shelf.usedAt = Math.max(shelf.usedAt, usedAt);
      shelf.records = newestTwo([{ bytes: new Uint8Array(bytes), loadedAt }, ...shelf.records]);
      shelves.set(id, shelf);
      return newest(shelf).loadedAt;
    },
    touch(id, { usedAt }) {
      const shelf = shelves.get(id);
      if (shelf) shelf.usedAt = Math.max(shelf.usedAt, usedAt);
    },
    async *list() {
      for (const [id, shelf] of [...shelves]) {
        const { bytes, loadedAt } = newest(shelf);
        yield { id, usedAt: shelf.usedAt, loadedAt, size: bytes.length };
      }
    },
    delete(id, { ifUsedBefore = Infinity } = {}) {
      const shelf = shelves.get(id);
      return shelf !== undefined && shelf.usedAt < ifUsedBefore && shelves.delete(id);
    },
    lock() {
      if (locked) return undefined;
      const mine = {};
      locked = mine;
      return () => {
        if (locked === mine) locked = undefined;
      };
    },
  };
}

export function newest({ records }: Shelf): BackupRecord {
  return records[0] ?? { bytes: new Uint8Array(0), loadedAt: 0 };
}

/** The newest first; of two with the same stamp, the one that comes first in the list. */
export function newestTwo(records: readonly BackupRecord[]): readonly BackupRecord[] {
  const unlike = records.filter(({ loadedAt }, index) => records.findIndex((other) => other.loadedAt === loadedAt) === index);
  return unlike.sort((a, b) => b.loadedAt - a.loadedAt).slice(0, 2);
}

/** A store that lives in one object. */
export function storeOf<Adapter>(make: () => Adapter): CreateStore<Adapter> {
  return () => {
    const adapter = make();
    return { open: () => adapter, destroy: () => {} };
  };
}
