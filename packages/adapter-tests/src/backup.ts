import type { BackupAdapter } from "@lastgood/core/adapter";
import { deleteTests } from "./backup-delete.ts";
import { listTests } from "./backup-list.ts";
import { manyCallerTests } from "./backup-many.ts";
import { recordTests } from "./backup-records.ts";
import { useTests } from "./backup-use.ts";
import { type CreateStore, storeTests, type TestRunner } from "./suite.ts";

/**
 * Proves a backup adapter: declares one test for each sentence of the contract.
 *
 * @param runner The `describe` and `it` of any test runner.
 * @param create Makes an empty store for each test.
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { describe, it } from "node:test";
 * import { testBackupAdapter } from "@lastgood/adapter-tests";
 * import { fsBackup } from "@lastgood/backup-fs";
 *
 * testBackupAdapter({ describe, it }, async () => {
 *   const directory = await mkdtemp(join(tmpdir(), "backup-"));
 *   return { open: () => fsBackup(directory), destroy: () => rm(directory, { recursive: true }) };
 * });
 * ```
 */
export function testBackupAdapter(runner: TestRunner, create: CreateStore<BackupAdapter>): void {
  const it = storeTests(runner, create);
  runner.describe("the contract of a backup: records", () => recordTests(it));
  runner.describe("the contract of a backup: use", () => useTests(it));
  runner.describe("the contract of a backup: list", () => listTests(it));
  runner.describe("the contract of a backup: delete", () => deleteTests(it));
  runner.describe("the contract of a backup: many callers, the lock, signals, closing", () => manyCallerTests(it));
}
