/** A program in strict TypeScript that has installed the packages. It is type-checked, and not run. */

import { testBackupAdapter } from "@lastgood/adapter-tests";
import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, DatastoreError, type Result } from "@lastgood/core";
import type { BackupAdapter, CacheAdapter } from "@lastgood/core/adapter";
import { describe, it } from "node:test";

interface User {
  readonly id: number;
  readonly name: string;
}

const cache: CacheAdapter = memoryCache();
const backups: readonly BackupAdapter[] = [fsBackup("./backups"), sqliteBackup("./backups.db")];

for (const backup of backups) {
  await using datastore = new Datastore({ cache, backup });
  const user: User = await datastore.get("user 7", async (): Promise<User> => ({ id: 7, name: "Ada" }), "5m");
  const result: Result<User> = await datastore.getResult("user 7", () => user, { ttl: "5m", maxStale: "7d" });
  // @ts-expect-error The value is a User.
  const text: string = result.value;
  console.log(text);
}

// @ts-expect-error A cache is no backup.
console.log(new Datastore({ backup: memoryCache() }));

console.log(new Error() instanceof DatastoreError);

testBackupAdapter({ describe, it }, () => ({ open: () => fsBackup("./backups"), destroy: () => undefined }));
