export { postgresBackup, type PostgresBackupFactory } from "./backup-postgres.ts";
export type { PostgresBackupOptions, PostgresConnectionOptions, PostgresPool, PostgresPoolCallback, PostgresPoolClient, PostgresQuery, PostgresResult } from "./options.ts";
