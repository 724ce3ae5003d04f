export { fsBackup } from "./backup-fs.ts";
export type { FsBackupOptions } from "./options.ts";
