import { isUrl, optionChecks } from "@lastgood/core/adapter";

/** What is used of a client: one of memjs fits. */
export interface MemcachedClient {
  get(key: string): Promise<{ readonly value: Uint8Array | null }>;
  set(key: string, value: Buffer, options: { readonly expires: number }): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

export interface MemcachedCacheOptions {
  /**
   * What every key of this cache begins with, so that several can share a server. At most 150 characters, no spaces.
   * @default "lastgood:"
   */
  readonly prefix?: string | undefined;
  /**
   * The largest value that is sent, in bytes. A larger one is refused, and what was there before is deleted. Raise it
   * together with the servers' own limit, their option `-I`.
   * @default 1048576 (1 MiB, as the servers have it)
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

/** A key has 250 characters at most, and an id has up to 100 of them. */
function checkedPrefix(given: unknown): string {
  const prefix = check.string("prefix", given);
  if (/^[!-~]{0,150}$/.test(prefix)) return prefix;
  throw check.wrongValue("prefix", "at most 150 characters, from ! to ~ in ASCII", prefix);
}

function isClient(given: unknown): given is MemcachedClient {
  return typeof given === "object" && given !== null && ["get", "set", "delete"].every((name) => typeof Reflect.get(given, name) === "function");
}

/** `memcached://user:password@host:port,host:port/`, in which only a host is needed. Nothing of it is shown: it may hold a password. */
function serversFrom(list: string): Servers {
  const [, scheme, user, hosts = ""] = /^(?:([a-z][a-z\d+.-]*):\/\/)?(?:([^@/]*)@)?([^@/]*)\/?$/i.exec(list) ?? [];
  if (scheme !== undefined && scheme !== "memcached") throw new RangeError(`memcachedCache: URL must begin with memcached://; got ${scheme}:`);
  return { addresses: hosts.split(",").map((host) => addressFrom(host.trim())), credentials: user === undefined ? undefined : credentialsFrom(user) };
}

function hostFrom(host: unknown): string {
  if (typeof host === "string" && !host.includes(",")) return host;
  throw check.wrongType("server", 'a string such as "cache-1:11211"', host);
}

function addressFrom(server: string): Address {
  const [, ipv6, host = ipv6, port = "11211"] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(server) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw new RangeError('memcachedCache: each server must be like "cache-1:11211", with commas between them; got one that cannot be read');
  return { host, port: Number(port) };
}

function credentialsFrom(user: string): Credentials {
  const [username = "", password = ""] = user.split(/:(.*)/s).map(decodeURIComponent);
  return { username, password };
}
