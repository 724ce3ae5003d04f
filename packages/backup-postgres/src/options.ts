import type { ConnectionOptions } from "node:tls";
import { type OptionChecks, optionChecks } from "@lastgood/core/adapter";

/** The options of `postgresBackup`. */
export interface PostgresBackupOptions {
  /**
   * The table with one row for each id. The records are in a second table, whose name has `_records` after it. Lower-case letters,
   * digits and `_`, with a schema and a dot before it where that is not the first of the search path: `"ops.lastgood"`.
   * @default "lastgood_backup"
   */
  readonly table?: string | undefined;
  /**
   * How many records of each id are kept: the newest ones. A whole number, 2 or more.
   * @default 2
   */
  readonly generations?: number | undefined;
  /**
   * The largest record, in bytes. A larger one is refused by `write`, and is an error to `read`, which would have to
   * bring it into memory.
   * @default 67108864 (64 MiB)
   */
  readonly maxBytes?: number | undefined;
  /**
   * The tables are there already, and are never made: each call fails and says so where they are not. For programs that only
   * read, to which a misspelt name would look like an empty store.
   * @default false
   */
  readonly mustExist?: boolean | undefined;
}

/**
 * Where the server is, in the words of `pg`. What is left out comes from the environment (`PGHOST`, `PGUSER`, `PGPASSWORD` …),
 * as with every client of PostgreSQL. For more than this, hand in a `Pool` of your own.
 */
export interface PostgresConnectionOptions {
  /** A name, an address, or the directory of a Unix socket such as `"/var/run/postgresql"`. */
  readonly host?: string | undefined;
  /** @default 5432 */
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  /** Or a function that fetches one for each connection, for passwords that expire. */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  readonly database?: string | undefined;
  /**
   * `true`: the connection is encrypted, and the server's certificate has to be right. Or the options of `tls.connect`.
   * @default false
   */
  readonly ssl?: boolean | ConnectionOptions | undefined;
  /** The name by which the server lists the connections. */
  readonly application_name?: string | undefined;
  /**
   * The most connections at a time. A whole number, 2 or more: writes leave one of them to reads.
   * @default 5
   */
  readonly max?: number | undefined;
}

/** What is used of a `Pool` of `pg`, so that any version and any copy of it will do. */
export interface PostgresPool {
  /** Hands out a client: to the callback, as `pg` does, or as a promise if the pool takes no callback. */
  connect(callback: PostgresPoolCallback): unknown;
}

/** What a pool calls with a client, or with the reason why there is none. */
export type PostgresPoolCallback = (error: Error | undefined, client: PostgresPoolClient | undefined) => void;

/** What is used of a client that such a pool hands out. */
export interface PostgresPoolClient {
  query(query: PostgresQuery): Promise<PostgresResult>;
  /** With `true` the connection is ended and not used again. */
  release(destroy?: boolean): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
}

/** A query, as `pg` takes it. */
export interface PostgresQuery {
  readonly text: string;
  values?: unknown[];
  /** How to read what comes back: a program may have set parsers of its own for all queries. */
  types?: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
}

/** The result of a query. */
export interface PostgresResult {
  readonly rows: readonly unknown[];
}

export interface Settings {
  /** As SQL writes it, in quotes. */
  readonly entries: string;
  /** As SQL writes it, in quotes. */
  readonly records: string;
  /** As SQL writes it, in quotes, where the option names one. */
  readonly schema: string | undefined;
  readonly generations: number;
  readonly maxBytes: number;
  readonly mustExist: boolean;
}

export const check: OptionChecks = optionChecks("postgresBackup");

export const OPTIONS = ["table", "generations", "maxBytes", "mustExist"] as const;

/** A string of JavaScript cannot hold more, in the form in which the bytes come over the network. */
const MOST_BYTES = 256 * 1024 * 1024;

export function settingsFrom(given: unknown): Settings {
  const { table = "lastgood_backup", generations = 2, maxBytes = 64 * 1024 * 1024, mustExist = false } = check.options(given, OPTIONS);
  const { schema, name } = checkedTable(table);
  const quoted = (text: string): string => (schema === undefined ? `"${text}"` : `"${schema}"."${text}"`);
  return {
    entries: quoted(name),
    records: quoted(`${name}_records`),
    schema: schema === undefined ? undefined : `"${schema}"`,
    generations: check.wholeNumber("generations", generations, 2),
    maxBytes: check.wholeNumber("maxBytes", maxBytes, 1, MOST_BYTES),
    mustExist: check.boolean("mustExist", mustExist),
  };
}

/** PostgreSQL cuts names at 63 bytes in silence, and two of them would be one. */
const LONGEST_NAME = 63 - "_records".length;

function checkedTable(given: unknown): { readonly schema: string | undefined; readonly name: string } {
  const expected = 'a name such as "lastgood_backup" or "ops.lastgood_backup", of lower-case letters, digits and "_"';
  const table = check.string("table", given, expected);
  const [, schema, name] = /^(?:([a-z_][a-z\d_]*)\.)?([a-z_][a-z\d_]*)$/.exec(table) ?? [];
  if (name === undefined) throw check.wrongValue("table", expected, table);
  if (name.length > LONGEST_NAME) throw check.wrongValue("table", `a name of at most ${LONGEST_NAME} characters`, table);
  if (schema !== undefined && schema.length > 63) throw check.wrongValue("table", "in a schema whose name has at most 63 characters", table);
  return { schema, name };
}
