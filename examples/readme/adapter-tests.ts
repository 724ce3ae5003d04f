import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test"; // or from "vitest"
import { testBackupAdapter } from "@lastgood/adapter-tests";
import { fsBackup } from "@lastgood/backup-fs";

testBackupAdapter({ describe, it }, async () => {
  const directory = await mkdtemp(join(tmpdir(), "backups-"));
  return { open: () => fsBackup(directory), destroy: () => rm(directory, { recursive: true }) };
});
