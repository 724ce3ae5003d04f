import { describe, expect, it } from "vitest";
import { testCacheAdapter } from "../src/index.ts";
import { brokenCaches } from "./broken-caches.ts";
import { verdictOf } from "./collecting-runner.ts";

describe("a cache that", () => {
  for (const { how, store, fails } of brokenCaches) {
    it(`${how} fails by exactly the sentences that it breaks`, async () => {
      const { failed } = await verdictOf((runner) => testCacheAdapter(runner, store));
      expect(failed).toEqual(fails);
    });
  }
});
