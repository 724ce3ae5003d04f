import { existsSync } from "node:fs";
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

  function put(id: string, stored: Uint8Array, ttlMs: number, loadedAt: number, write: "set" | "setUnlessNewer"): void {
    const now = Date.now();
    use((open) =>
      open.database
        .transaction(() => {
          open.sweep.run(now);
          open[write].run(id, stored, expiresAt(now, ttlMs), loadedAt);
        })
        .immediate(),
    );
  }

  return {
    name: "cache file",
    stores: "bytes",
    get: (id) => (isThere() ? use(({ get }) => get.get(id, Date.now())?.stored) : undefined),
    set: (id, stored, ttlMs) => put(id, stored, ttlMs, UNKNOWN, "set"),
    setUnlessNewer: (id, stored, ttlMs, { loadedAt }) => put(id, stored, ttlMs, loadedAt, "setUnlessNewer"),
    delete: (id) => void (isThere() && use((open) => open.delete.run(id))),
    close,
  };
}

/** A stamp older than that of any load. */
const UNKNOWN = -1;
