export { s3Backup } from "./backup-s3.ts";
export type { PutObjectOptions, S3BackupOptions } from "./options.ts";
