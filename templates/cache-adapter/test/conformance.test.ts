import { testCacheAdapter } from "@lastgood/adapter-tests";
import { describe, it } from "vitest";
import { exampleCache, type ExampleClient } from "../src/index.ts";

testCacheAdapter({ describe, it }, () => {
  // An empty store for each test: of a real server a database number or a key prefix of its own.
  const client: ExampleClient = new Map();
  return {
    open: () => exampleCache(client),
    destroy: () => client.clear(),
  };
});
