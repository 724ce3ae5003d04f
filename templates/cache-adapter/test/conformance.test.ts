import { testCacheAdapter } from "@lastgood/adapter-tests";
import { describe, it } from "vitest";
import { exampleCache } from "../src/index.ts";
import { emptyStore } from "./empty-store.ts";

testCacheAdapter({ describe, it }, async () => {
  const { client, destroy } = await emptyStore();
  return { open: () => exampleCache(client), destroy };
});
