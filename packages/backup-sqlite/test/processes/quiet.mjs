// Writes a record, reads it and ends without a close.
import { sqliteBackup } from "@lastgood/backup-sqlite";

const [, , file = ""] = process.argv;
const driver = /** @type {import("@lastgood/backup-sqlite").SqliteBackupOptions["driver"]} */ (process.env["TEST_DRIVER"]);
const backup = sqliteBackup(file, { driver });
await backup.write("id", Buffer.from("text"), { loadedAt: 1, usedAt: 1 });
console.log((await backup.read("id"))?.loadedAt);
