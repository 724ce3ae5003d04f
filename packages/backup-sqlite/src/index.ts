export { sqliteBackup, type SqliteBackupFactory } from "./backup-sqlite.ts";
export type { SqliteBackupOptions } from "./options.ts";
