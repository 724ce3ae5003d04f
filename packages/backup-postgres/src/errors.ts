import { codeOf, messageOf } from "@lastgood/core/adapter";
import type { Settings } from "./options.ts";

const NOT_OURS = "it is a table of another program, or of a later release: give the backup a name of its own by the option table";

/** By SQLSTATE. The server's own messages may be in any language. */
const ADVICE: Readonly<Record<string, (settings: Settings) => string>> = {
  "25006": () => "this server, database or role is read-only: a standby, or default_transaction_read_only",
  "28000": () => "pg_hba.conf does not let this user in",
  "28P01": () => "see the password",
  "3D000": () => "make the database: nothing here does",
  "3F000": () => "make the schema: nothing here does",
  "40001": () => "set default_transaction_isolation to read committed for this role",
  "42501": ({ entries, records, schema }) => `run GRANT SELECT, INSERT, UPDATE, DELETE ON ${entries}, ${records} TO this role${schema === undefined ? "" : `, and GRANT USAGE ON SCHEMA ${schema}`}`,
  "42703": () => NOT_OURS,
  "42804": () => NOT_OURS,
  "42809": () => NOT_OURS,
  "42830": () => NOT_OURS,
  "42883": () => NOT_OURS,
  "42P10": () => NOT_OURS,
  "53100": () => "the server's disk is full",
  "53300": () => "lower the option max, raise max_connections, or put a pooler between",
  "57014": () => "statement_timeout is too short for it, or somebody has cancelled it",
};

/** Why the tables cannot be made, by SQLSTATE. */
const ADVICE_ON_MAKING: Readonly<Record<string, (settings: Settings) => string>> = {
  ...ADVICE,
  "42501": ({ schema = "public" }) => `run GRANT CREATE, USAGE ON SCHEMA ${schema} TO this role, or make them yourself as the README says`,
};

/** What failed, where and what to do about it. The server's own messages do not always name the table. */
export function explained(cause: unknown, settings: Settings): Error {
  return describe(`${settings.entries}: `, ADVICE, cause, settings);
}

/** Why the tables are not there and cannot be made. */
export function notMade(cause: unknown, settings: Settings): Error {
  return describe(`${settings.entries} is not there and cannot be made: `, ADVICE_ON_MAKING, cause, settings);
}

/** Where `mustExist` forbids to make them. */
export function notThere({ entries, records }: Settings): Error {
  const message = `${entries} or ${records} is not there, and mustExist forbids to make it: see whether the option table, the database and the search path are right`;
  return Object.assign(new Error(message), { code: "STORE_NOT_THERE" });
}

function describe(what: string, advice: typeof ADVICE, cause: unknown, settings: Settings): Error {
  const code = codeOf(cause);
  const hint = typeof code === "string" ? advice[code]?.(settings) : undefined;
  return new Error(`${what}${reasonOf(cause)}${hint === undefined ? "" : ` (${hint})`}`, { cause });
}

function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  // Where a name leads to several addresses, and none answers, the text is in the errors of each.
  const text = messageOf(cause) || messageOf(firstOf(cause)) || "no reason was given";
  return typeof code === "string" && !text.includes(code) ? `${text} (${code})` : text;
}

function firstOf(cause: unknown): unknown {
  const errors: unknown = typeof cause === "object" && cause !== null && "errors" in cause ? cause.errors : undefined;
  return Array.isArray(errors) ? errors[0] : "";
}

/** What is stored cannot be read: a damaged page, or a payload of which a piece is missing. */
export function isDamage(error: unknown): boolean {
  return ["XX000", "XX001", "XX002"].includes(String(codeOf(error)));
}

export function isMissingTable(error: unknown): boolean {
  return codeOf(error) === "42P01";
}
