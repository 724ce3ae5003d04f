import pLimit from "p-limit";
import { type BackupAdapter, type BackupFactory, type BackupInfo, type BackupRecord, type CallOptions, isError, type StoreUrl } from "@lastgood/core/adapter";
import type { Row } from "./connections.ts";
import { Database } from "./database.ts";
import { isDamage } from "./errors.ts";
import { OPTIONS, type PostgresBackupOptions, type PostgresConnectionOptions, type PostgresPool, type Settings, settingsFrom } from "./options.ts";
import { CONNECTIONS, OwnPool } from "./own-pool.ts";
import { optionsFromUrl, type Source, sourceFrom } from "./source.ts";
import { NO_LIMIT, type Statements, statementsFor } from "./statements.ts";

/** The type of `postgresBackup`: a function, which `fromEnv` takes as well. */
export interface PostgresBackupFactory extends BackupFactory {
  /**
   * Makes backups in two tables of PostgreSQL, which any number of processes may share.
   *
   * @param pool The `Pool` of `pg` that your program has, which stays yours and open. Or a URL, or the options of a
   *   connection: then a small pool is made here, which keeps no process alive and ends with `close()`.
   * @throws TypeError or RangeError at once for an argument that cannot be meant. It shows no password.
   * @example
   * ```ts
   * import { Datastore } from "@lastgood/core";
   * import { memoryCache } from "@lastgood/cache-memory";
   * import { postgresBackup } from "@lastgood/backup-postgres";
   *
   * const datastore = new Datastore({
   *   cache: memoryCache(),
   *   backup: postgresBackup("postgres://app@db-1/app", { table: "lastgood_backup" }),
   * });
   * await datastore.close();
   * ```
   */
  (pool: PostgresPool | PostgresConnectionOptions | string, options?: PostgresBackupOptions): BackupAdapter;
}

/**
 * Makes backups in two tables of PostgreSQL, which any number of processes may share. The tables are made when they are missing. A
 * write is one round trip, and so is a read. It works through a pooler in transaction mode.
 * Also for `fromEnv`: `postgres://user:password@host/database?table=lastgood_backup`.
 *
 * Nothing is asked of the server before the first call.
 *
 * @example
 * ```ts
 * import { postgresBackup } from "@lastgood/backup-postgres";
 *
 * const backup = postgresBackup("postgres://app@db-1/app", { table: "lastgood_backup" });
 * ```
 */
export const postgresBackup: PostgresBackupFactory = Object.assign(create, {
  kind: "backup" as const,
  schemes: ["postgres", "postgresql"],
  urlOptions: ["sslmode", ...OPTIONS],
  fromUrl,
});

function create(pool: PostgresPool | PostgresConnectionOptions | string, options: PostgresBackupOptions = {}): BackupAdapter {
  const settings = settingsFrom(options);
  return new PostgresBackup(sourceFrom(pool), settings);
}

function fromUrl(url: StoreUrl): BackupAdapter {
  const { sslmode, ...options } = url.options;
  const settings = settingsFrom(options);
  return new PostgresBackup({ kind: "options", options: optionsFromUrl(url, sslmode) }, settings);
}

/** Ids in one page of `list`: some 80 KB of them. */
const PAGE = 500;

type Write = CallOptions & { readonly loadedAt: number; readonly usedAt: number };

class PostgresBackup implements BackupAdapter {
  readonly name = "postgres";
  readonly #settings: Settings;
  readonly #statements: Statements;
  readonly #database: Database;
  readonly #close: () => Promise<void>;
  /** Changes leave a connection to reads: a disk may hold up every commit and go on to read. */
  readonly #inTurn: <T>(change: () => Promise<T>) => Promise<T>;

  constructor(source: Source, settings: Settings) {
    const { pool, close, connections } = reach(source);
    this.#settings = settings;
    this.#statements = statementsFor(settings);
    this.#database = new Database(pool, settings, this.#statements.createTables);
    this.#close = close;
    this.#inTurn = pLimit(Math.max(1, connections - 1));
  }

  async read(id: string, { before = Infinity, signal }: CallOptions & { readonly before?: number | undefined } = {}): Promise<BackupRecord | undefined> {
    const { maxBytes } = this.#settings;
    const [row] = await this.#orStamped(id, before, signal, () => this.#run("read", [id, bound(before), maxBytes], signal));
    if (row === undefined) return undefined;
    const loadedAt = Number(row["loadedAt"]);
    const text = row["bytes"];
    if (typeof text === "string") return { bytes: new Uint8Array(Buffer.from(text, "base64")), loadedAt };
    throw Object.assign(new Error(`the record is ${row["size"]} bytes, more than maxBytes, which is ${maxBytes}`), { loadedAt });
  }

  async write(id: string, bytes: Uint8Array, { loadedAt, usedAt, signal }: Write): Promise<number> {
    const { maxBytes } = this.#settings;
    if (bytes.length > maxBytes) throw new Error(`the record is ${bytes.length} bytes, more than maxBytes, which is ${maxBytes}`);
    // The caller may change its bytes while the write waits for its turn.
    const copy = Buffer.from(bytes);
    const [row] = await this.#inTurn(() => this.#add([id, loadedAt, usedAt, copy], signal));
    return Number(row?.["loadedAt"]);
  }

  async touch(id: string, { usedAt, signal }: CallOptions & { readonly usedAt: number }): Promise<void> {
    await this.#inTurn(() => this.#run("touch", [id, usedAt], signal));
  }

  /** Page by page, each a query of its own: a reader that takes its time holds no connection and no old rows. */
  async *list({ signal }: CallOptions = {}): AsyncGenerator<BackupInfo, void, undefined> {
    let after = "";
    for (;;) {
      const page = await this.#run("page", [after, PAGE], signal);
      for (const row of page) yield infoFrom(row);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = String(last["id"]);
    }
  }

  async delete(id: string, { ifUsedBefore = Infinity, signal }: CallOptions & { readonly ifUsedBefore?: number | undefined } = {}): Promise<boolean> {
    const deleted = await this.#inTurn(() => this.#run("delete", [id, bound(ifUsedBefore)], signal));
    return deleted.length > 0;
  }

  close(): Promise<void> {
    return this.#close();
  }

  #run(name: keyof Statements, values: readonly unknown[], signal: CallOptions["signal"]): Promise<readonly Row[]> {
    return this.#database.run(this.#statements[name], values, signal);
  }

  /** An old record that is damaged may be impossible to remove. It must not keep a new one out. */
  async #add(values: readonly unknown[], signal: CallOptions["signal"]): Promise<readonly Row[]> {
    try {
      return await this.#run("write", values, signal);
    } catch (error) {
      if (!isOfDamage(error)) throw error;
      return this.#run("writeAlone", values, signal);
    }
  }

  /** A damaged record is not the only one: core asks for the one before it, if it is told the stamp of this one. */
  async #orStamped<T>(id: string, before: number, signal: CallOptions["signal"], read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!isOfDamage(error)) throw error;
      const [row] = await this.#run("stamp", [id, bound(before)], signal);
      const stamp = row?.["loadedAt"];
      throw typeof stamp === "string" ? Object.assign(error, { loadedAt: Number(stamp) }) : error;
    }
  }
}

function reach(source: Source): { readonly pool: PostgresPool; readonly connections: number; close(): Promise<void> } {
  if (source.kind === "pool") return { pool: source.pool, connections: connectionsOf(source.pool), close: async () => undefined };
  const pool = new OwnPool(source.options);
  return { pool, connections: source.options.max ?? CONNECTIONS, close: () => pool.close() };
}

/** How many a pool of `pg` has at the most. Another kind of pool may not say. */
function connectionsOf({ options }: PostgresPool & { readonly options?: { readonly max?: unknown } }): number {
  const max = options?.max;
  return typeof max === "number" ? max : 10;
}

function isOfDamage(error: unknown): error is Error {
  return isError(error) && isDamage(error.cause);
}

function infoFrom(row: Row): BackupInfo {
  return { id: String(row["id"]), usedAt: Number(row["usedAt"]), loadedAt: Number(row["loadedAt"]), size: Number(row["size"]) };
}

/** A bigint has no Infinity, and a limit between two stamps leaves out the same records as the next whole number. */
function bound(limit: number): string | number {
  return limit > Number.MAX_SAFE_INTEGER ? NO_LIMIT : Math.ceil(limit);
}
