import { describe, it } from "node:test";
import { testBackupAdapter } from "@lastgood/adapter-tests";

testBackupAdapter({ describe, it }, async () => {
  const table = await createEmptyTable();
  return { open: () => dynamoBackup(client, { table }), destroy: () => dropTable(table) };
});

// What somebody with a table in DynamoDB has; here it is a Map.
import type { BackupAdapter } from "@lastgood/core/adapter";
import { exampleBackup } from "lastgood-template-backup-adapter";

interface Client {
  readonly tables: Map<string, Parameters<typeof exampleBackup>[0]>;
}

const client: Client = { tables: new Map() };

async function createEmptyTable(): Promise<string> {
  const table = `table-${client.tables.size}`;
  client.tables.set(table, new Map());
  return table;
}

async function dropTable(table: string): Promise<void> {
  client.tables.get(table)?.clear();
}

function dynamoBackup({ tables }: Client, { table }: { readonly table: string }): BackupAdapter {
  return exampleBackup(tables.get(table) ?? new Map());
}
