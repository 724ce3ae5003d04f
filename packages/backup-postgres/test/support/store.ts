import { randomUUID } from "node:crypto";
import pg from "pg";
import type { BackupAdapter, BackupInfo } from "@lastgood/core/adapter";
import { startService } from "@lastgood/services";
import { onTestFinished } from "vitest";
import { postgresBackup, type PostgresBackupOptions, type PostgresConnectionOptions, type PostgresPool } from "../../src/index.ts";

type Service = Awaited<ReturnType<typeof startService>>;

/** A server of PostgreSQL, and a superuser there. */
export class PostgresServer {
  readonly service: Service;
  readonly admin: pg.Pool;

  constructor(service: Service) {
    this.service = service;
    this.admin = new pg.Pool({ connectionString: this.directUrl, max: 2 });
    // A server that is killed is no fault of the test.
    this.admin.on("error", () => undefined);
  }

  static async start(variant?: "single" | "tls" | "pooler"): Promise<PostgresServer> {
    return new PostgresServer(await startService("postgres", variant));
  }

  get server(): Service["first"] {
    return this.service.server("postgres");
  }

  /** Of the server itself, also where clients go through a pooler. */
  get directUrl(): string {
    return urlWith(this.service.url, { port: String(this.server.port) });
  }

  /** The URL of a database of its own, of this role or of the superuser. */
  async newDatabase(role?: { readonly name: string; readonly url: string }): Promise<string> {
    const name = `test_${randomUUID().replaceAll("-", "")}`;
    await this.admin.query(`CREATE DATABASE ${name}${role === undefined ? "" : ` OWNER ${role.name}`}`);
    return urlWith(role?.url ?? this.service.url, { pathname: `/${name}` });
  }

  /** A role that may do nothing but connect, with these settings, and its URL. */
  async newRole(settings: Readonly<Record<string, string>> = {}, attributes = ""): Promise<{ readonly name: string; readonly url: string }> {
    const name = `role_${randomUUID().replaceAll("-", "")}`;
    await this.admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'its-secret' ${attributes}`);
    for (const [setting, value] of Object.entries(settings)) await this.admin.query(`ALTER ROLE ${name} SET ${setting} = ${value}`);
    return { name, url: urlWith(this.directUrl, { username: name, password: "its-secret" }) };
  }

  async stop(): Promise<void> {
    await this.admin.end();
    await this.service.stop();
  }
}

/** The URL with some of its parts replaced. */
export function urlWith(url: string, parts: Partial<Pick<URL, "username" | "password" | "port" | "pathname">>): string {
  return Object.assign(new URL(url), parts).href;
}

/** An adapter that is closed after the test. */
export function opened(pool: PostgresPool | PostgresConnectionOptions | string, options?: PostgresBackupOptions): BackupAdapter {
  const backup = postgresBackup(pool, options);
  onTestFinished(() => backup.close?.());
  return backup;
}

/** A pool such as users have, which is ended after the test. */
export function openedPool(url: string, options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, ...options });
  pool.on("error", () => undefined);
  onTestFinished(() => pool.end());
  return pool;
}

/** The rows that one query brings, on a connection of its own. */
export async function rowsOf(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return rows;
  } finally {
    await client.end();
  }
}

export async function write(backup: BackupAdapter, id: string, loadedAt: number, text = `${id} ${loadedAt}`): Promise<number> {
  return backup.write(id, new TextEncoder().encode(text), { loadedAt, usedAt: loadedAt });
}

export async function readText(backup: BackupAdapter, id: string, before?: number): Promise<string | undefined> {
  const record = await backup.read(id, { before });
  return record && new TextDecoder().decode(record.bytes);
}

export async function listed(backup: BackupAdapter): Promise<BackupInfo[]> {
  const all: BackupInfo[] = [];
  for await (const info of backup.list()) all.push(info);
  return all;
}
