import { testBackupAdapter } from "@lastgood/adapter-tests";
import { describe, it } from "vitest";
import { exampleBackup, type ExampleClient } from "../src/index.ts";

testBackupAdapter({ describe, it }, () => {
  // An empty store for each test: of a real server a table, a bucket prefix or a directory with a name of its own.
  const client: ExampleClient = new Map();
  return {
    open: () => exampleBackup(client),
    destroy: () => client.clear(),
  };
});
