import type { RedisOptions } from "ioredis";
import { isUrl, optionChecks } from "@lastgood/core/adapter";
import { type UrlSource, urlSource } from "./url.ts";

/** The part of a client that is used. Every client of ioredis 5 and 6 fits: single, Sentinel or Cluster, from any copy. */
export interface RedisClient {
  readonly status: string;
  readonly isCluster: boolean;
  getBuffer(key: string): Promise<Buffer | null>;
  mgetBuffer(keys: string[]): Promise<(Buffer | null)[]>;
  set(key: string, value: Buffer, unit: "PX", ttlMs: number): Promise<unknown>;
  del(key: string): Promise<unknown>;
  evalsha(sha1: string, keys: number, key: string, ...args: (string | number | Buffer)[]): Promise<unknown>;
  eval(script: string, keys: number, key: string, ...args: (string | number | Buffer)[]): Promise<unknown>;
}

/** The options of ioredis: `host`, `port`, `username`, `password`, `db`, `tls`, `sentinels`, `name` … Some defaults differ. */
// `replyMapping` is left out: no command here returns a map, and with it ioredis 6's types accept only literal options.
export type RedisConnectionOptions = Omit<RedisOptions, "replyMapping">;

/** The options of `redisCache`. */
export interface RedisCacheOptions {
  /**
   * The beginning of every key of this cache, so that several caches can share a server.
   * @default "lastgood:"
   */
  readonly prefix?: string | undefined;
}

/** A client, or where to find the server. */
export type Source =
  | { readonly kind: "client"; readonly client: RedisClient }
  | UrlSource;

const check = optionChecks("redisCache");

const EXPECTED = 'a client of ioredis, a URL such as "redis://localhost:6379", or the options of such a client';

export function sourceFrom(given: unknown): Source {
  if (typeof given === "string") return urlSource(given);
  if (isUrl(given)) return urlSource(given.href);
  if (typeof given !== "object" || given === null) throw check.wrongType("client", EXPECTED, given);
  if (isClient(given)) return { kind: "client", client: checkedClient(given) };
  // A client of another library would be read as options, and its settings would be ignored silently.
  if ("get" in given) throw check.wrongType("client", "a client of ioredis, with getBuffer", given);
  checkNumbers(given);
  return { kind: "options", options: given };
}

export function prefixFrom(options: unknown): string {
  const { prefix = "lastgood:" } = check.options(options, ["prefix"]);
  return check.string("prefix", prefix);
}

function isClient(given: object): given is RedisClient {
  return "getBuffer" in given && typeof given.getBuffer === "function";
}

const METHODS = ["mgetBuffer", "set", "del", "evalsha", "eval"] as const;

/** A wrapper or mock without one of these methods would fail only in the middle of a get. */
function checkedClient(client: RedisClient): RedisClient {
  const missing = METHODS.find((name) => typeof client[name] !== "function");
  if (missing !== undefined) throw check.wrongType("client", `a client of ioredis, with ${missing}`, client);
  return client;
}

/** With wrong numbers, ioredis uses database 0 and causes an unhandled rejection, or fails every attempt to connect. */
function checkNumbers({ db, port }: { readonly db?: unknown; readonly port?: unknown }): void {
  if (db !== undefined && db !== null) check.wholeNumber("db", db, 0);
  if (port !== undefined && port !== null) check.wholeNumber("port", port, 1, 65_535);
}
