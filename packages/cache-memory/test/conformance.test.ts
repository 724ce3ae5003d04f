import { testCacheAdapter } from "@lastgood/adapter-tests";
import { describe, it } from "vitest";
import { memoryCache } from "../src/index.ts";

describe("memoryCache", () => {
  testCacheAdapter({ describe, it }, () => ({ open: () => memoryCache(), destroy: () => {} }));
});

describe("memoryCache with a bound in bytes", () => {
  testCacheAdapter({ describe, it }, () => ({ open: () => memoryCache({ maxBytes: 64 * 1024 * 1024 }), destroy: () => {} }));
});
