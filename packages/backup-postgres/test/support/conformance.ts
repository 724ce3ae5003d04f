import { randomUUID } from "node:crypto";
import { testBackupAdapter } from "@lastgood/adapter-tests";
import pg from "pg";
import { afterAll, beforeAll, describe, it } from "vitest";
import { postgresBackup } from "../../src/index.ts";
import { PostgresServer } from "./store.ts";

/**
 * The contract, on a server of this variant: with the pool that a user has, and with a URL.
 */
export function conformanceTests(variant: "single" | "pooler"): void {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start(variant);
  });
  afterAll(() => server.stop());

  describe("the pool of a user", () => {
    testBackupAdapter({ describe, it }, async () => {
      const pool = new pg.Pool({ connectionString: server.service.url });
      const table = newTable();
      return { open: () => postgresBackup(pool, { table }), destroy: () => pool.end() };
    });
  });

  describe("a URL", () => {
    testBackupAdapter({ describe, it }, async () => {
      const table = newTable();
      return { open: () => postgresBackup(server.service.url, { table }), destroy: () => undefined };
    });
  });
}

function newTable(): string {
  return `t_${randomUUID().replaceAll("-", "")}`;
}
