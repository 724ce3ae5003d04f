import type { BackupAdapter, CacheAdapter } from "./adapter/contract.ts";
import { Datastore } from "./datastore.ts";
import type { AdapterFactory, BackupFactory, StoreUrl } from "./adapter/factory.ts";
import { urlRefusal } from "./adapter/urls/url-refusal.ts";
import { withoutSecrets } from "./adapter/urls/url-secrets.ts";
import { mustBe } from "./base/shown.ts";
import { isObject } from "./base/foreign.ts";
import type { DatastoreOptions } from "./options/options.ts";
import { parseStoreUrl, storeUrlsIn } from "./store-url.ts";

/** The options of `fromEnv`: `adapters`, and all those of a datastore but its stores. */
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

// Which package has the adapter for a scheme, to name in the error if it is not installed.
const PACKAGES: Readonly<Record<string, string>> = {
  memory: "@lastgood/cache-memory",
  redis: "@lastgood/cache-redis",
  rediss: "@lastgood/cache-redis",
  memcached: "@lastgood/cache-memcached",
  file: "@lastgood/backup-fs",
  seed: "@lastgood/backup-fs",
  sqlite: "@lastgood/backup-sqlite",
  s3: "@lastgood/backup-s3",
  postgres: "@lastgood/backup-postgres",
  postgresql: "@lastgood/backup-postgres",
};

/**
 * A datastore whose stores the environment names: `LASTGOOD_CACHE_URL` (`memory:`, `redis://…`, `rediss://…`, `memcached://a:11211,b:11211`,
 * or several, nearest first: `memory:,redis://…`)
 * and `LASTGOOD_BACKUP_URL` (`file:./var/backups`, `sqlite:./var/backups.db`, `s3://bucket/prefix?region=…`,
 * `postgres://user@host/database`). Options of an adapter stand in the query. Every part of a URL is used or refused.
 * `LASTGOOD_BACKUP_URL` may be a list with commas, which means the same as a list in the option `backup`: `file:./var/backups,seed:./seed`.
 *
 * @throws TypeError or RangeError at once for a variable that is not set, a scheme without an adapter or a URL that cannot be
 *   meant. It names the variable and the part, and shows no password.
 * @example
 * ```ts
 * import { fromEnv } from "@lastgood/core";
 * import { fsBackup } from "@lastgood/backup-fs";
 * import { memoryCache } from "@lastgood/cache-memory";
 * import { redisCache } from "@lastgood/cache-redis";
 *
 * // LASTGOOD_CACHE_URL=redis://cache-1:6379/0?prefix=shop: LASTGOOD_BACKUP_URL=file:./var/backups
 * const datastore = fromEnv({ adapters: [memoryCache, redisCache, fsBackup] });
 * ```
 */
export function fromEnv(options: FromEnvOptions): Datastore {
  const { adapters, env = process.env, ...rest } = checked(options);
  const caches = adapters.filter((factory) => factory.kind === "cache");
  const backups = adapters.filter((factory) => factory.kind === "backup");
  // All are read before one is opened.
  const openCaches = cachesIn(env).map((url) => opener<CacheAdapter>("LASTGOOD_CACHE_URL", url, caches));
  const openBackups = backupOpeners(env["LASTGOOD_BACKUP_URL"], backups);
  return new Datastore({ ...rest, cache: openCaches.map((open) => open()), backup: openBackups.map((open) => open()) });
}

/** One for each URL of the list. What is no text is left to the opener, which refuses it. */
function backupOpeners(list: string | undefined, factories: readonly BackupFactory[]): readonly (() => BackupAdapter)[] {
  const urls = typeof list === "string" ? storeUrlsIn(list, factories.flatMap(({ schemes }) => schemes)) : [list];
  const nameOf = (index: number): string => (urls.length === 1 ? "LASTGOOD_BACKUP_URL" : `LASTGOOD_BACKUP_URL, URL ${index + 1} of ${urls.length},`);
  return urls.map((url, index) => opener<BackupAdapter>(nameOf(index), url, factories));
}

function checked(options: FromEnvOptions): FromEnvOptions {
  const { adapters, env } = { ...options };
  if (!isFactories(adapters)) throw new TypeError(mustBe("fromEnv: adapters", "a list such as [memoryCache, fsBackup]", adapters));
  if (env !== undefined && !isObject(env)) throw new TypeError(mustBe("fromEnv: env", "an object such as process.env", env));
  for (const store of ["cache", "backup"]) {
    if (store in options) throw new TypeError(mustBe(`fromEnv: ${store}`, `left out, since LASTGOOD_${store.toUpperCase()}_URL names it`, Reflect.get(options, store)));
  }
  return options;
}

function isFactories(adapters: unknown): boolean {
  return Array.isArray(adapters) && adapters.every((factory) => typeof factory?.fromUrl === "function" && Array.isArray(factory.schemes));
}

// A comma in a URL also parts the hosts of a Cluster, and a host may be called like a scheme: redis://redis:6379,redis:6380.
const NEXT_CACHE = /,(?=[a-z][a-z0-9+.-]*:(?:\/\/|[?,]|$))/i;

/** The URLs of all levels, nearest first. */
function cachesIn(env: Environment): readonly (string | undefined)[] {
  const text = env["LASTGOOD_CACHE_URL"];
  return typeof text === "string" ? text.split(NEXT_CACHE) : [text];
}

function opener<Adapter>(variable: string, text: string | undefined, factories: readonly Factory<Adapter>[]): () => Adapter {
  const known = factories.flatMap(({ schemes }) => schemes.map((scheme) => `${scheme}:`)).join(", ");
  if (text === undefined || text === "") throw new TypeError(`${variable} is not set; it names a store by a URL (${known})`);
  if (typeof text !== "string") throw new TypeError(mustBe(variable, "a string", text));
  const url = parseStoreUrl(text, (part, expected) => urlRefusal(variable, part, expected));
  // What is no URL may be half of one, with a password in it: it is not shown.
  if (url === undefined || mayBeSecret(url)) throw new TypeError(`${variable} is not a URL; it must begin with one of ${known}`);
  const factory = factories.find(({ schemes }) => schemes.includes(url.scheme));
  if (factory === undefined) throw new TypeError(`${variable} begins with ${url.scheme}:, ${withoutAdapter(url.scheme, known)}`);
  refuseUnknownOptions(variable, url, factory.urlOptions);
  return () => withoutSecrets(variable, text, () => factory.fromUrl(url));

  /** What stands before the first colon may be a user's name, or a token. */
  function mayBeSecret({ scheme, location }: StoreUrl): boolean {
    const isScheme = scheme in PACKAGES || factories.some(({ schemes }) => schemes.includes(scheme));
    return !isScheme && !location.startsWith("/");
  }
}

function refuseUnknownOptions(variable: string, url: StoreUrl, known: readonly string[]): void {
  const unknown = Object.keys(url.options).find((option) => !known.includes(option));
  if (unknown === undefined) return;
  // Without a value it may be the rest of a password.
  const isName = /^[a-z]\w{0,30}$/i.test(unknown) && url.options[unknown] !== "";
  const option = isName ? `an option ${JSON.stringify(unknown)}` : "an option, not shown here,";
  const instead = known.length === 0 ? "it has none" : `it knows ${known.join(", ")}`;
  throw new TypeError(`${variable} has ${option} which ${url.scheme}: does not know; ${instead}`);
}

function withoutAdapter(scheme: string, known: string): string {
  const name = PACKAGES[scheme];
  const others = known === "" ? "" : `; those that are passed in are for ${known}`;
  if (name === undefined) return `for which there is no adapter${others}`;
  return `whose adapter of this kind is not passed in${others}. Install ${name} and add its factory to adapters`;
}
