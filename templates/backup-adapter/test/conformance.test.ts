import { testBackupAdapter } from "@lastgood/adapter-tests";
import { describe, it } from "vitest";
import { exampleBackup } from "../src/index.ts";
import { emptyStore } from "./empty-store.ts";

testBackupAdapter({ describe, it }, async () => {
  const { client, destroy } = await emptyStore();
  return { open: () => exampleBackup(client), destroy };
});
