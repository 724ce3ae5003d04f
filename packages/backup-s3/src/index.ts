export { s3Backup, type S3BackupFactory } from "./backup-s3.ts";
export type { PutObjectOptions, S3BackupOptions } from "./options.ts";
