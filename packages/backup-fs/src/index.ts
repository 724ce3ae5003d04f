export { fsBackup, type FsBackupFactory } from "./backup-fs.ts";
export type { FsBackupOptions } from "./options.ts";
export { seedBackup, type SeedBackupFactory } from "./seed-backup.ts";
