import { type ByteCacheAdapter, type CacheFactory, type CacheOrder, type StoreUrl, urlRefusal } from "@lastgood/core/adapter";
import { type MemcachedCacheOptions, type MemcachedClient, type Settings, settingsFrom, sourceFrom } from "./options.ts";
import { deleteUnlessNewer, setUnlessNewer } from "./set-unless-newer.ts";
import { payloadOf, stamped } from "./stamp.ts";
import { SteadyClient } from "./steady-client.ts";

/** The type of `memcachedCache`: a function, which `fromEnv` takes as well. */
export interface MemcachedCacheFactory extends CacheFactory {
  /**
   * Makes caches in Memcached.
   *
   * @param memcached Servers, as a list, as `"a:11211,b:11211"` or as `"memcached://user:password@a:11211,b:11211"`; the first
   *   call connects. Or a client of memjs, which you close yourself.
   * @throws TypeError or RangeError at once for a wrong argument.
   * @example
   * ```ts
   * import { fsBackup } from "@lastgood/backup-fs";
   * import { memcachedCache } from "@lastgood/cache-memcached";
   * import { Datastore } from "@lastgood/core";
   *
   * const datastore = new Datastore({ cache: memcachedCache("cache-1:11211,cache-2:11211"), backup: fsBackup("./var/backups") });
   * ```
   */
  (memcached: MemcachedClient | string | readonly string[] | URL, options?: MemcachedCacheOptions): ByteCacheAdapter;
}

/**
 * Makes caches in Memcached. With `fromEnv`: `memcached://cache-1:11211,cache-2:11211?prefix=shop:`.
 *
 * @example
 * ```ts
 * import { memcachedCache } from "@lastgood/cache-memcached";
 *
 * const cache = memcachedCache(["cache-1:11211", "cache-2:11211"], { prefix: "shop:" });
 * ```
 */
export const memcachedCache: MemcachedCacheFactory = Object.assign(create, {
  kind: "cache" as const,
  schemes: ["memcached"],
  urlOptions: ["prefix", "maxValueBytes"],
  fromUrl({ scheme, location, options }: StoreUrl): ByteCacheAdapter {
    // `create` would read "memcached:11211" as a server called memcached.
    if (!location.startsWith("//")) throw urlRefusal("memcachedCache", "scheme", "memcached://");
    return create(`${scheme}:${location}`, withTextPrefix(options));
  },
});

/** The prefix in `?prefix=7` is text too. */
function withTextPrefix({ prefix, ...options }: StoreUrl["options"]): MemcachedCacheOptions {
  return prefix === undefined ? options : { ...options, prefix: String(prefix) };
}

function create(memcached: MemcachedClient | string | readonly string[] | URL, options: MemcachedCacheOptions = {}): ByteCacheAdapter {
  const settings = settingsFrom(options);
  const source = sourceFrom(memcached);
  if (!("addresses" in source)) return new MemjsCache(source, settings);
  return new ServersCache(new SteadyClient(source), settings);
}

class MemjsCache implements ByteCacheAdapter {
  readonly name = "memcached";
  readonly stores = "bytes";
  readonly #client: MemcachedClient;
  protected readonly settings: Settings;

  constructor(client: MemcachedClient, settings: Settings) {
    this.#client = client;
    this.settings = settings;
  }

  async get(id: string): Promise<Uint8Array | undefined> {
    const { value } = await this.#client.get(this.keyOf(id));
    return value ? payloadOf(value) : undefined;
  }

  async set(id: string, stored: Uint8Array, ttlMs: number): Promise<void> {
    // The value before is deleted, as the server does: it is older than the one that could not be stored.
    await this.refuseTooLarge(stored, () => this.delete(id));
    await this.#client.set(this.keyOf(id), stamped(stored), { expires: wholeSeconds(ttlMs) });
  }

  async delete(id: string): Promise<void> {
    await this.#client.delete(this.keyOf(id));
  }

  protected keyOf(id: string): string {
    return this.settings.prefix + id;
  }

  protected async refuseTooLarge({ length }: Uint8Array, forget: () => Promise<void>): Promise<void> {
    const { maxValueBytes } = this.settings;
    if (length <= maxValueBytes) return;
    await forget();
    throw new Error(`the value has ${length} bytes, more than maxValueBytes (${maxValueBytes}): it is not cached`);
  }
}

/** A cache with our own client, which can also tell older values from newer ones. */
class ServersCache extends MemjsCache {
  readonly #client: SteadyClient;

  constructor(client: SteadyClient, settings: Settings) {
    super(client, settings);
    this.#client = client;
  }

  override async get(id: string): Promise<Uint8Array | undefined> {
    const value = await this.#client.read(this.keyOf(id));
    return value && payloadOf(value);
  }

  async setUnlessNewer(id: string, stored: Uint8Array, ttlMs: number, order: CacheOrder): Promise<void> {
    const key = this.keyOf(id);
    await this.refuseTooLarge(stored, () => deleteUnlessNewer(this.#client, key, order));
    await setUnlessNewer(this.#client, key, stored, wholeSeconds(ttlMs), order);
  }

  close(): void {
    this.#client.close();
  }
}

/** Memcached reads larger numbers as a date. */
const THIRTY_DAYS = 30 * 24 * 60 * 60;

/** At least 1: Memcached reads 0 as "never", and memjs as its own default. */
function wholeSeconds(ttlMs: number): number {
  return Math.max(1, Math.ceil(Math.min(ttlMs / 1000, THIRTY_DAYS)));
}
