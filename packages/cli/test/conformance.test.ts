import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testCacheAdapter } from "@lastgood/adapter-tests";
import { describe, it } from "vitest";
import { fileCache } from "../src/stores/file-cache.ts";
import { sqliteCache } from "../src/stores/sqlite-cache.ts";

describe.each([
  ["a SQLite file", sqliteCache],
  ["a directory", fileCache],
] as const)("the cache in %s", (_, open) => {
  testCacheAdapter({ describe, it }, async () => {
    const directory = await mkdtemp(join(tmpdir(), "lastgood-cli-"));
    return { open: () => open(join(directory, "cache")), destroy: () => rm(directory, { recursive: true }) };
  });
});
