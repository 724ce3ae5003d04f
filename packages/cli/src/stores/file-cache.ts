import { fsBackup } from "@lastgood/backup-fs";
import type { BackupAdapter, ByteCacheAdapter, CacheOrder } from "@lastgood/core/adapter";
import { expiresAt } from "./expires-at.ts";

/** When the record expires, and until when its value is fresh: two numbers of 8 bytes. */
const HEADER = 16;
/** A stamp older than that of any load. */
const UNKNOWN = 0;

/**
 * A byte cache in a directory, for machines without SQLite. It uses the records of a backup store, which are immutable
 * and ordered by `loadedAt`. So an older answer never replaces a newer one, whichever process writes last.
 * Each record begins with its expiry time. That time is also its last use, so that a sweep can find expired records.
 */
export function fileCache(directory: string): ByteCacheAdapter {
  const records = fsBackup(directory);

  async function put(id: string, stored: Uint8Array, ttlMs: number, { loadedAt, freshUntil = 0 }: CacheOrder): Promise<void> {
    const now = Date.now();
    await sweep(records, now);
    const expiry = expiresAt(now, ttlMs);
    await records.write(id, withHeader(stored, expiry, freshUntil), { loadedAt, usedAt: expiry });
  }

  return {
    name: "cache directory",
    stores: "bytes",

    async get(id) {
      const bytes = (await records.read(id))?.bytes;
      return bytes === undefined || expiryOf(bytes) <= Date.now() ? undefined : bytes.subarray(HEADER);
    },

    async set(id, stored, ttlMs) {
      // Replaces the newest record under the same stamp. A delete before it would let a reader find nothing.
      await put(id, stored, ttlMs, { loadedAt: (await records.read(id))?.loadedAt ?? UNKNOWN });
    },

    async setUnlessNewer(id, stored, ttlMs, order) {
      // Not in one step: a copy that another process renews between the read and the write is replaced by one that stands in.
      const there = order.unlessFreshAfter === undefined ? undefined : await records.read(id);
      if (there?.loadedAt === order.loadedAt && freshUntilOf(there.bytes) > (order.unlessFreshAfter ?? Infinity)) return;
      await put(id, stored, ttlMs, order);
    },

    async delete(id) {
      await records.delete(id);
    },

    close: () => records.close?.(),
  };
}

/** Deletes expired records, so that the cache does not grow for ever. */
async function sweep(records: BackupAdapter, now: number): Promise<void> {
  for await (const { id, usedAt } of records.list()) {
    if (usedAt <= now) await records.delete(id, { ifUsedBefore: now + 1 });
  }
}

function withHeader(stored: Uint8Array, expiry: number, freshUntil: number): Uint8Array {
  const bytes = Buffer.alloc(HEADER + stored.byteLength);
  bytes.writeDoubleBE(expiry);
  bytes.writeDoubleBE(freshUntil, 8);
  bytes.set(stored, HEADER);
  return bytes;
}

/** The expiry time in the header. A record too short for a header counts as expired. */
function expiryOf(bytes: Uint8Array): number {
  return timeIn(bytes, 0);
}

function freshUntilOf(bytes: Uint8Array): number {
  return timeIn(bytes, 8);
}

function timeIn(bytes: Uint8Array, offset: number): number {
  return bytes.byteLength < HEADER ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getFloat64(offset);
}
