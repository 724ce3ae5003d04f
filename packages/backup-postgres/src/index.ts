export { postgresBackup, type PostgresBackupFactory } from "./backup-postgres.ts";
export type { PostgresBackupOptions, PostgresConnectionOptions, PostgresPool, PostgresPoolClient, PostgresQuery, PostgresResult } from "./options.ts";
