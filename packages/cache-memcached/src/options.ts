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

const ADVICE = 'give a client of memjs, or servers such as "cache-1:11211,cache-2:11211"';

export function sourceFrom(given: unknown): MemcachedClient | Servers {
  if (typeof given === "string") return serversFrom(given);
  if (given instanceof URL) return serversFrom(given.href);
  if (Array.isArray(given)) return serversFrom(given.map(hostFrom).join(","));
  if (isClient(given)) return given;
  throw new TypeError(`the Memcached of memcachedCache must not be ${shown(given)}: ${ADVICE}`);
}

export function settingsFrom(options: unknown): Settings {
  if (typeof options !== "object" || options === null) throw new TypeError(`options must be an object, not ${shown(options)}: leave it out for the defaults`);
  const { prefix = "lastgood:", maxValueBytes = 1_048_576 }: { readonly prefix?: unknown; readonly maxValueBytes?: unknown } = options;
  if (typeof prefix !== "string") throw new TypeError(`prefix must be a string, not ${shown(prefix)}: leave it out for "lastgood:"`);
  // A key has 250 characters at most, and an id has up to 100 of them.
  if (!/^[!-~]{0,150}$/.test(prefix)) throw new RangeError("prefix must have at most 150 characters, from ! to ~ in ASCII: a key of Memcached has no others");
  if (typeof maxValueBytes !== "number") throw new TypeError(`maxValueBytes must be a number, not ${shown(maxValueBytes)}: leave it out for 1 MiB`);
  if (!Number.isSafeInteger(maxValueBytes) || maxValueBytes < 1) throw new RangeError(`maxValueBytes must be a whole number, at least 1, not ${maxValueBytes}`);
  return { prefix, maxValueBytes };
}

function isClient(given: unknown): given is MemcachedClient {
  return typeof given === "object" && given !== null && ["get", "set", "delete"].every((name) => typeof Reflect.get(given, name) === "function");
}

/** `memcached://user:password@host:port,host:port/`, in which only a host is needed. Nothing of it is shown: it may hold a password. */
function serversFrom(list: string): Servers {
  const [, scheme, user, hosts = ""] = /^(?:([a-z][a-z\d+.-]*):\/\/)?(?:([^@/]*)@)?([^@/]*)\/?$/i.exec(list) ?? [];
  if (scheme !== undefined && scheme !== "memcached") throw new RangeError(`the URL of memcachedCache must begin with memcached://, not ${scheme}:`);
  return { addresses: hosts.split(",").map((host) => addressFrom(host.trim())), credentials: user === undefined ? undefined : credentialsFrom(user) };
}

function hostFrom(host: unknown): string {
  if (typeof host === "string" && !host.includes(",")) return host;
  throw new TypeError(`a server of memcachedCache must be a string such as "cache-1:11211", not ${shown(host)}`);
}

function addressFrom(server: string): Address {
  const [, ipv6, host = ipv6, port = "11211"] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(server) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw new RangeError(`a server of memcachedCache cannot be read: each is to be like "cache-1:11211", with commas between them`);
  return { host, port: Number(port) };
}

function credentialsFrom(user: string): Credentials {
  const [username = "", password = ""] = user.split(/:(.*)/s).map(decodeURIComponent);
  return { username, password };
}

function shown(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}
