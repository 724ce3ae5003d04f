import { parseServerUrl, type StoreUrl, urlRefusal } from "@lastgood/core/adapter";
import type { ConnectionOptions } from "node:tls";
import { check, type PostgresConnectionOptions, type PostgresPool } from "./options.ts";

/** What the user has handed in: a pool, or where the server is. */
export type Source =
  | { readonly kind: "pool"; readonly pool: PostgresPool }
  | { readonly kind: "options"; readonly options: PostgresConnectionOptions };

export function sourceFrom(given: unknown): Source {
  if (typeof given === "string") return { kind: "options", options: optionsFromText(given) };
  if (typeof given !== "object" || given === null) {
    throw check.wrongType("pool", "a Pool of pg, a URL such as postgres://host/database, or an object of options", given);
  }
  if ("escapeIdentifier" in given) throw check.wrongType("pool", "a Pool: calls come several at a time, and a Client has one connection", given);
  if ("connect" in given && typeof given.connect === "function") {
    // Any pool that hands out clients will do; what else it has is not looked at.
    return { kind: "pool", pool: given as PostgresPool };
  }
  return { kind: "options", options: checkedOptions(given) };
}

export function optionsFromUrl({ scheme, location }: StoreUrl, sslmode: unknown): PostgresConnectionOptions {
  return { ...serverFrom(`${scheme}:${location}`), ...sslFrom(sslmode) };
}

function optionsFromText(text: string): PostgresConnectionOptions {
  const [, url = text, query] = /^([^?#]*)\?([^@#]*)$/.exec(text) ?? [];
  const { sslmode, ...others } = Object.fromEntries(new URLSearchParams(query));
  if (Object.keys(others).length > 0) throw urlRefusal("postgresBackup", "query", "sslmode=… alone: options are an argument of their own");
  return { ...serverFrom(url), ...sslFrom(sslmode) };
}

/** Not by pg, which shows a URL that it cannot read, and drops what it does not know. */
function serverFrom(url: string): PostgresConnectionOptions {
  const { username, password, servers, path } = parseServerUrl(url, { factory: "postgresBackup", schemes: ["postgres", "postgresql"], defaultPort: 5432 });
  const [server] = servers;
  if (server === undefined || servers.length > 1) throw urlRefusal("postgresBackup", "host", "one: the address that leads to the primary");
  const database = databaseFrom(path);
  return {
    ...server,
    ...(username === undefined ? {} : { user: username }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
  };
}

function databaseFrom(path: string): string | undefined {
  if (path === "" || path === "/") return undefined;
  const [, name] = /^\/([^/]+)$/.exec(path) ?? [];
  const database = name === undefined ? undefined : tryDecode(name);
  if (database === undefined || /\p{Cc}/u.test(database)) throw urlRefusal("postgresBackup", "path", "the name of a database, such as /app");
  return database;
}

function tryDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** As `psql` and libpq mean them. Those that fall back to no encryption in silence are left out. */
const SSL_MODES: Readonly<Record<string, boolean | ConnectionOptions>> = {
  disable: false,
  require: { rejectUnauthorized: false },
  "verify-ca": { checkServerIdentity: () => undefined },
  "verify-full": true,
};

function sslFrom(sslmode: unknown): PostgresConnectionOptions {
  if (sslmode === undefined) return {};
  const [, ssl] = Object.entries(SSL_MODES).find(([mode]) => mode === sslmode) ?? [];
  if (ssl === undefined) throw check.wrongValue("sslmode", `among ${Object.keys(SSL_MODES).join(", ")}`, sslmode);
  return { ssl };
}

const CONNECTION_OPTIONS = ["host", "port", "user", "password", "database", "ssl", "application_name", "max"] as const;

function checkedOptions(given: object): PostgresConnectionOptions {
  const options = check.options(given, CONNECTION_OPTIONS);
  const { host, port, user, password, database, ssl, application_name, max } = options;
  for (const [name, value] of Object.entries({ host, user, database, application_name })) if (value !== undefined) check.string(name, value);
  if (port !== undefined) check.wholeNumber("port", port, 1, 65_535);
  if (max !== undefined) check.wholeNumber("max", max, 2);
  checkPassword(password);
  if (ssl !== undefined && typeof ssl !== "boolean" && (typeof ssl !== "object" || ssl === null)) {
    throw check.wrongType("ssl", "true, false, or options of tls.connect", ssl);
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Never shown. */
function checkPassword(password: unknown): void {
  if (password === undefined || typeof password === "string" || typeof password === "function") return;
  throw new TypeError("postgresBackup: password must be a string, or a function that fetches one; got another, which is not shown");
}
