import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testBackupAdapter } from "@lastgood/adapter-tests";
import { describe, it } from "vitest";
import { fsBackup } from "../src/index.ts";

testBackupAdapter({ describe, it }, async () => {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-fs-"));
  return {
    open: async () => fsBackup(join(directory, "backups")),
    destroy: () => rm(directory, { recursive: true }),
  };
});
