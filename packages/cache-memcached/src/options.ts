import { isUrl, optionChecks, parseServerUrl, urlRefusal } from "@lastgood/core/adapter";

/** The part of a client that is used. A client of memjs fits. */
export interface MemcachedClient {
  get(key: string): Promise<{ readonly value: Uint8Array | null }>;
  set(key: string, value: Buffer, options: { readonly expires: number }): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

/** The options of `memcachedCache`. */
export interface MemcachedCacheOptions {
  /**
   * The beginning of every key of this cache, so that several caches can share a server. At most 150 characters, no spaces.
   * @default "lastgood:"
   */
  readonly prefix?: string | undefined;
  /**
   * The largest value that is sent, in bytes. A larger one is refused, and the value before it is deleted. Raise this
   * together with the servers' own limit, their option `-I`.
   * @default 1048576 (1 MiB, the servers' default)
   */
  readonly maxValueBytes?: number | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface Servers {
  readonly addresses: readonly Address[];
  readonly credentials: Credentials | undefined;
}

export interface Settings {
  readonly prefix: string;
  readonly maxValueBytes: number;
}

const check = optionChecks("memcachedCache");

export function sourceFrom(given: unknown): MemcachedClient | Servers {
  if (typeof given === "string") return serversFrom(given);
  if (isUrl(given)) return serversFrom(given.href);
  if (Array.isArray(given)) return serversFrom(given.map(hostFrom).join(","));
  if (isClient(given)) return given;
  throw check.wrongType("client", 'a client of memjs, or servers such as "cache-1:11211,cache-2:11211"', given);
}

export function settingsFrom(options: unknown): Settings {
  const { prefix = "lastgood:", maxValueBytes = 1_048_576 } = check.options(options, ["prefix", "maxValueBytes"]);
  return { prefix: checkedPrefix(prefix), maxValueBytes: check.wholeNumber("maxValueBytes", maxValueBytes, 1) };
}

/** A key of Memcached has at most 250 characters, of which an id takes up to 100. */
function checkedPrefix(given: unknown): string {
  const prefix = check.string("prefix", given);
  if (/^[!-~]{0,150}$/.test(prefix)) return prefix;
  throw check.wrongValue("prefix", "at most 150 characters, from ! to ~ in ASCII", prefix);
}

function isClient(given: unknown): given is MemcachedClient {
  return typeof given === "object" && given !== null && ["get", "set", "delete"].every((name) => typeof Reflect.get(given, name) === "function");
}

/** Reads `memcached://user:password@host:port,host:port/`, where only one host is required, or a plain list of servers. */
function serversFrom(list: string): Servers {
  const url = /^[a-z][a-z\d+.-]*:\/\//i.test(list) ? list : `memcached://${list.replace(/\s*(^|,|$)\s*/g, "$1")}`;
  const { username, password, servers, path } = parseServerUrl(url, { factory: "memcachedCache", schemes: ["memcached"], defaultPort: 11_211 });
  if (path !== "" && path !== "/") throw urlRefusal("memcachedCache", "path", "empty: Memcached has no databases");
  if (username === undefined && password === undefined) return { addresses: servers, credentials: undefined };
  if (username === undefined || password === undefined) throw urlRefusal("memcachedCache", "user name", "given together with a password");
  return { addresses: servers, credentials: { username, password } };
}

function hostFrom(host: unknown): string {
  if (typeof host === "string" && !host.includes(",")) return host;
  throw check.wrongType("server", 'a string such as "cache-1:11211"', typeof host === "string" ? "a string with a comma" : host);
}
