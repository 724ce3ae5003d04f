export { sqliteBackup } from "./backup-sqlite.ts";
export type { SqliteBackupOptions } from "./options.ts";
