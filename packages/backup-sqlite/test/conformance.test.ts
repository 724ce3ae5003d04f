import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testBackupAdapter } from "@lastgood/adapter-tests";
import { describe, it } from "vitest";
import { sqliteBackup } from "../src/index.ts";
import { driver } from "./helpers.ts";

testBackupAdapter({ describe, it }, async () => {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-sqlite-"));
  return {
    open: () => sqliteBackup(join(directory, "backup.db"), { driver: driver.name }),
    destroy: () => rm(directory, { recursive: true }),
  };
});
