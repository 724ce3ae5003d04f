import { existsSync } from "node:fs";
import { inTransaction } from "@lastgood/backup-sqlite/driver";
import type { ByteCacheAdapter } from "@lastgood/core/adapter";
import { type CacheFile, openCacheFile, whileWhole } from "./cache-file.ts";
import { expiresAt } from "./expires-at.ts";

/**
 * A byte cache in one SQLite file, which outlives the process. Any number of processes may use the file at once, and it
 * may be deleted at any time.
 *
 * The first call opens the file, so a file that cannot be opened fails that call and not the start. A damaged file is
 * moved aside and replaced by a new one.
 */
export function sqliteCache(file: string): ByteCacheAdapter {
  let opened: CacheFile | undefined;
  const close = (): void => {
    opened?.database.close();
    opened = undefined;
  };
  const use = <T>(work: (open: CacheFile) => T): T => whileWhole(file, () => work((opened ??= openCacheFile(file))), close);

  // Reads and deletes make no file.
  const isThere = (): boolean => opened !== undefined || existsSync(file);

  /** Deletes what has expired, and writes, in one transaction. */
  function put(ttlMs: number, write: (open: CacheFile, expiry: number) => unknown): void {
    const now = Date.now();
    use((open) =>
      inTransaction(open.database, "IMMEDIATE", () => {
        open.sweep.run(now);
        write(open, expiresAt(now, ttlMs));
      }),
    );
  }

  return {
    name: "cache file",
    stores: "bytes",
    get: (id) => (isThere() ? use(({ get }) => get.get(id, Date.now())?.stored) : undefined),
    set: (id, stored, ttlMs) => put(ttlMs, ({ set }, expiry) => set.run(id, stored, expiry, UNKNOWN, 0)),
    setUnlessNewer: (id, stored, ttlMs, { loadedAt, freshUntil = 0, unlessFreshAfter = Infinity }) =>
      put(ttlMs, ({ setUnlessNewer }, expiry) => setUnlessNewer.run(id, stored, expiry, loadedAt, wholeTime(freshUntil), wholeTime(unlessFreshAfter))),
    delete: (id) => void (isThere() && use((open) => open.delete.run(id))),
    close,
  };
}

/** A stamp older than that of any load. */
const UNKNOWN = -1;

function wholeTime(time: number): number {
  return Math.ceil(Math.min(time, Number.MAX_SAFE_INTEGER));
}
