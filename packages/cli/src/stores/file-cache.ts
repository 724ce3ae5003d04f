import { fsBackup } from "@lastgood/backup-fs";
import type { BackupAdapter, ByteCacheAdapter } from "@lastgood/core/adapter";
import { expiresAt } from "./expires-at.ts";

const HEADER = 8;
/** Earlier than any load. */
const UNKNOWN = 0;

/**
 * A byte cache in a directory, for machines on which SQLite cannot be loaded. Its records are those of a backup store:
 * immutable and ordered by `loadedAt`, so that no older answer replaces a newer one, whichever process writes last.
 * A record begins with the time at which it expires. The same time counts as its last use, so that a sweep finds it.
 */
export function fileCache(directory: string): ByteCacheAdapter {
  const records = fsBackup(directory);

  async function put(id: string, stored: Uint8Array, ttlMs: number, loadedAt: number): Promise<void> {
    const now = Date.now();
    await sweep(records, now);
    const expiry = expiresAt(now, ttlMs);
    await records.write(id, withHeader(stored, expiry), { loadedAt, usedAt: expiry });
  }

  return {
    name: "cache directory",
    stores: "bytes",

    async get(id) {
      const bytes = (await records.read(id))?.bytes;
      return bytes === undefined || expiryOf(bytes) <= Date.now() ? undefined : bytes.subarray(HEADER);
    },

    async set(id, stored, ttlMs) {
      // In the place of the newest record, and not after a delete: a reader must always find one of them.
      await put(id, stored, ttlMs, (await records.read(id))?.loadedAt ?? UNKNOWN);
    },

    setUnlessNewer: (id, stored, ttlMs, { loadedAt }) => put(id, stored, ttlMs, loadedAt),

    async delete(id) {
      await records.delete(id);
    },

    close: () => records.close?.(),
  };
}

/** Deletes what has expired, so that the cache does not grow for ever. */
async function sweep(records: BackupAdapter, now: number): Promise<void> {
  for await (const { id, usedAt } of records.list()) {
    if (usedAt <= now) await records.delete(id, { ifUsedBefore: now + 1 });
  }
}

function withHeader(stored: Uint8Array, expiry: number): Uint8Array {
  const bytes = Buffer.alloc(HEADER + stored.byteLength);
  bytes.writeDoubleBE(expiry);
  bytes.set(stored, HEADER);
  return bytes;
}

/** A record too short to have a header has expired. */
function expiryOf(bytes: Uint8Array): number {
  return bytes.byteLength < HEADER ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
}
