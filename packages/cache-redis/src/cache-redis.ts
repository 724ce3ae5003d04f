import type { AnnouncementListener, ByteCacheAdapter, CacheFactory, CacheOrder, CallOptions, Listening, ReleaseLease, StoreUrl } from "@lastgood/core/adapter";
import type { Commands } from "./clients/commands.ts";
import type { RedisClient } from "./clients/kinds.ts";
import { type Connection, GivenConnection } from "./connection.ts";
import type { RedisConnectionOptions } from "./connection-options.ts";
import { safeError } from "./errors.ts";
import { prefixFrom, type RedisCacheOptions, type Source, sourceFrom } from "./options.ts";
import { OrderedWrites } from "./ordered-writes.ts";
import { ownConnection } from "./own-connection.ts";
import { publish } from "./publish.ts";
import { Reads } from "./reads.ts";
import { stamped } from "./stamp.ts";
import { Subscription } from "./subscription.ts";
import { takeLease } from "./lease.ts";

/** A cache in Redis that can also tell older values from newer ones. */
export interface RedisCache extends ByteCacheAdapter {
  /**
   * Like `set`, but keeps a value that was stored by this method and comes after the new one by `CacheOrder`. The server does this
   * atomically, so the value with the latest load stays, whatever the order of writes by several processes. If the Redis user may
   * not run scripts, it looks first and then writes: of two writes at the same moment, the later one stays.
   */
  setUnlessNewer(id: string, stored: Uint8Array, ttlMs: number, options: CallOptions & CacheOrder): Promise<void>;
  /** What `get` answers for each of these ids, in their order, with one MGET. In a Cluster, each is read from its own node. */
  getMany(ids: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /** Publishes on the channel `<prefix>announcements`. */
  announce(message: Uint8Array): Promise<void>;
  /** Subscribes to that channel, through one connection of its own for all who listen. Absent where node-redis reaches Redis by Sentinels or a pool. */
  listen?(listener: AnnouncementListener): Listening;
  /** Takes the key `<prefix><id>:lease`, with a time to live. */
  lease(id: string, ttlMs: number): Promise<ReleaseLease | undefined>;
}

/** The type of `redisCache`: a function, which `fromEnv` takes as well. */
export interface RedisCacheFactory extends CacheFactory {
  /**
   * Makes caches in Redis.
   *
   * @param redis A client of ioredis, iovalkey or node-redis (npm's `redis` 5 or 6) that you have connected, and close
   *   yourself: single, Sentinel or Cluster. Or a URL, where several hosts separated by commas are a Cluster, or the options
   *   of ioredis. With these, the first call connects, through ioredis.
   * @throws TypeError or RangeError at once for a wrong argument, and an Error if a URL or options lack ioredis.
   * @example
   * ```ts
   * import { fsBackup } from "@lastgood/backup-fs";
   * import { redisCache } from "@lastgood/cache-redis";
   * import { Datastore } from "@lastgood/core";
   *
   * const datastore = new Datastore({ cache: redisCache("redis://cache-1:6379/0"), backup: fsBackup("./var/backups") });
   * ```
   */
  (redis: RedisClient | RedisConnectionOptions | string | URL, options?: RedisCacheOptions): RedisCache;
}

/**
 * Makes caches in Redis. With `fromEnv`: `redis://user:password@host:6379/0`, `rediss://a,b?prefix=shop:`.
 *
 * @example
 * ```ts
 * import { redisCache } from "@lastgood/cache-redis";
 *
 * const cache = redisCache("redis://cache-1:6379/0", { prefix: "shop:" });
 * ```
 */
export const redisCache: RedisCacheFactory = Object.assign(create, {
  kind: "cache" as const,
  schemes: ["redis", "rediss"],
  urlOptions: ["prefix"],
  fromUrl: ({ scheme, location, options }: StoreUrl) => create(`${scheme}:${location}`, textOptions(options)),
});

/** The prefix in `?prefix=7` is text too. */
function textOptions(options: StoreUrl["options"]): RedisCacheOptions {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]));
}

function create(redis: RedisClient | RedisConnectionOptions | string | URL, options: RedisCacheOptions = {}): RedisCache {
  const prefix = prefixFrom(options);
  return new ConnectedCache(connectionTo(sourceFrom(redis)), prefix);
}

function connectionTo(source: Source): Connection {
  return source.kind === "client" ? new GivenConnection(source.commands) : ownConnection(source);
}

class ConnectedCache implements RedisCache {
  readonly name = "redis";
  readonly stores = "bytes";
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #reads: Reads;
  readonly listen?: (listener: AnnouncementListener) => Listening;
  readonly #channel: string;
  readonly #subscription: Subscription;
  readonly #writes = new OrderedWrites();

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#reads = new Reads((command) => this.#ask(command), connection.isCluster);
    this.#channel = `${prefix}announcements`;
    const subscription = new Subscription(connection, this.#channel);
    this.#subscription = subscription;
    if (connection.canSubscribe) this.listen = (listener) => subscription.listen(listener);
  }

  get(id: string): Promise<Uint8Array | undefined> {
    return this.#reads.read(this.#prefix + id);
  }

  async getMany(ids: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return [...(await this.#reads.readMany(ids.map((id) => this.#prefix + id)))];
  }

  async set(id: string, stored: Uint8Array, ttlMs: number): Promise<void> {
    await this.#ask((commands) => commands.set(this.#prefix + id, stamped(stored), wholeMs(ttlMs)));
  }

  async setUnlessNewer(id: string, stored: Uint8Array, ttlMs: number, order: CacheOrder): Promise<void> {
    await this.#ask((commands) => this.#writes.setUnlessNewer(commands, this.#prefix + id, stored, wholeMs(ttlMs), order));
  }

  async delete(id: string): Promise<void> {
    await this.#ask((commands) => commands.delete(this.#prefix + id));
  }

  async announce(message: Uint8Array): Promise<void> {
    await this.#ask((commands) => publish(commands, this.#channel, Buffer.from(message)));
  }

  async lease(id: string, ttlMs: number): Promise<ReleaseLease | undefined> {
    return takeLease((command) => this.#ask(command), `${this.#prefix}${id}:lease`, wholeMs(ttlMs));
  }

  close(): void {
    this.#subscription.close();
    this.#connection.close();
  }

  async #ask<Answer>(command: (commands: Commands) => Promise<Answer>): Promise<Answer> {
    const commands = await this.#connection.commands();
    try {
      return await command(commands);
    } catch (error) {
      throw safeError(error);
    }
  }
}

const YEAR = 365 * 24 * 60 * 60 * 1000;

/** Every key gets an expiry, because some eviction policies (`volatile-…`) evict only keys that have one. */
function wholeMs(ttlMs: number): number {
  return Math.ceil(Math.min(ttlMs, YEAR));
}
