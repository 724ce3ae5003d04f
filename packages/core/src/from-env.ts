import type { BackupAdapter, CacheAdapter } from "./adapter/contract.ts";
import { Datastore } from "./datastore.ts";
import type { AdapterFactory, StoreUrl } from "./adapter/factory.ts";
import type { DatastoreOptions } from "./options/options.ts";

export interface FromEnvOptions extends Omit<DatastoreOptions, "cache" | "backup"> {
  /** The factories of all adapters that an environment may name: `[memoryCache, redisCache, fsBackup, s3Backup]`. */
  readonly adapters: readonly AdapterFactory[];
  /**
   * Where `LASTGOOD_CACHE_URL` and `LASTGOOD_BACKUP_URL` are looked up.
   * @default process.env
   */
  readonly env?: Environment | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

type Factory<Adapter> = Pick<AdapterFactory, "schemes" | "urlOptions"> & { fromUrl(url: StoreUrl): Adapter };

// Which package has the adapter for a scheme, to be named to whoever has not installed it.
const PACKAGES: Readonly<Record<string, string>> = {
  memory: "@lastgood/cache-memory",
  redis: "@lastgood/cache-redis",
  rediss: "@lastgood/cache-redis",
  memcached: "@lastgood/cache-memcached",
  file: "@lastgood/backup-fs",
  sqlite: "@lastgood/backup-sqlite",
  s3: "@lastgood/backup-s3",
};

/**
 * A datastore whose stores the environment names: `LASTGOOD_CACHE_URL` (`memory:`, `redis://…`, `rediss://…`, `memcached://a:11211,b:11211`)
 * and `LASTGOOD_BACKUP_URL` (`file:./var/backups`, `sqlite:./var/backups.db`, `s3://bucket/prefix?region=…`).
 * Throws at once for a variable that is missing, a scheme without an adapter or a URL that is not right.
 */
export function fromEnv(options: FromEnvOptions): Datastore {
  const { adapters, env = process.env, ...rest } = options;
  if (!isFactories(adapters)) throw new TypeError("fromEnv needs adapters, a list such as [memoryCache, fsBackup]");
  const caches = adapters.filter((factory) => factory.kind === "cache");
  const backups = adapters.filter((factory) => factory.kind === "backup");
  return new Datastore({
    ...rest,
    cache: open<CacheAdapter>("LASTGOOD_CACHE_URL", env, caches),
    backup: open<BackupAdapter>("LASTGOOD_BACKUP_URL", env, backups),
  });
}

function isFactories(adapters: readonly AdapterFactory[]): boolean {
  return Array.isArray(adapters) && adapters.every((factory) => typeof factory?.fromUrl === "function" && Array.isArray(factory.schemes));
}

function open<Adapter>(variable: string, env: Environment, factories: readonly Factory<Adapter>[]): Adapter {
  const text = env[variable];
  const known = factories.flatMap(({ schemes }) => schemes.map((scheme) => `${scheme}:`)).join(", ");
  if (text === undefined || text === "") throw new TypeError(`${variable} is not set; it names a store by a URL (${known})`);
  const url = parseStoreUrl(text);
  // What is no URL may be half of one, with a password in it: it is not shown.
  if (url === undefined) throw new TypeError(`${variable} is not a URL; it must begin with one of ${known}`);
  const factory = factories.find(({ schemes }) => schemes.includes(url.scheme));
  if (factory === undefined) throw new TypeError(`${variable} begins with ${url.scheme}:, ${withoutAdapter(url.scheme, known)}`);
  refuseUnknownOptions(variable, url, factory.urlOptions);
  return factory.fromUrl(url);
}

function refuseUnknownOptions(variable: string, url: StoreUrl, known: readonly string[]): void {
  for (const option of Object.keys(url.options)) {
    if (known.includes(option)) continue;
    throw new TypeError(`${variable} has an option ${JSON.stringify(option)}, which ${url.scheme}: does not know; it knows ${known.join(", ")}`);
  }
}

function withoutAdapter(scheme: string, known: string): string {
  const name = PACKAGES[scheme];
  const others = known === "" ? "" : `; those that are passed in are for ${known}`;
  if (name === undefined) return `for which there is no adapter${others}`;
  return `whose adapter of this kind is not passed in${others}. Install ${name} and add its factory to adapters`;
}

const SHAPE = /^([a-z][a-z0-9+.-]*):([^?#]*)(?:\?([^#]*))?$/i;

/** Takes a URL apart; `undefined` if it is none. Not with `URL`, to which `file:./backups` and a list of hosts are nothing. */
function parseStoreUrl(url: string): StoreUrl | undefined {
  const [, scheme, location = "", query] = SHAPE.exec(url) ?? [];
  if (scheme === undefined) return undefined;
  const pairs = Array.from(new URLSearchParams(query), ([name, value]) => [name, plainValue(value)] as const);
  return { scheme: scheme.toLowerCase(), location, options: Object.fromEntries(pairs) };
}

function plainValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
