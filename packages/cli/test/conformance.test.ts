import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testCacheAdapter } from "@lastgood/adapter-tests";
import { describe, it } from "vitest";
import { durableCache } from "../src/stores/durable-cache.ts";

testCacheAdapter({ describe, it }, async () => {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-cli-"));
  const file = join(directory, "cache.db");
  return { open: () => durableCache(file), destroy: () => rm(directory, { recursive: true }) };
});
