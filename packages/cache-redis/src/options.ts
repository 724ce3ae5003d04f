import type { RedisOptions } from "ioredis";
import { isUrl, optionChecks } from "@lastgood/core/adapter";
import { type UrlSource, urlSource } from "./url.ts";

/** What is used of a client. Every instance of ioredis 5 and 6 fits, of whichever copy: single, Sentinel or Cluster. */
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

/** Those of ioredis: `host`, `port`, `username`, `password`, `db`, `tls`, `sentinels`, `name` … Our defaults differ from its own. */
// How maps are replied: no reply here is one, and with it the types of version 6 accept no options but literal ones.
export type RedisConnectionOptions = Omit<RedisOptions, "replyMapping">;

export interface RedisCacheOptions {
  /**
   * What every key of this cache begins with, so that several can share a server.
   * @default "lastgood:"
   */
  readonly prefix?: string | undefined;
}

/** Where the server is. */
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
  // Another client library would pass for options, and its settings would be ignored in silence.
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

/** A wrapper or a mock that lacks one would fail in the middle of a get. */
function checkedClient(client: RedisClient): RedisClient {
  const missing = METHODS.find((name) => typeof client[name] !== "function");
  if (missing !== undefined) throw check.wrongType("client", `a client of ioredis, with ${missing}`, client);
  return client;
}

/** ioredis would go on with database 0, and end the process by an unhandled rejection, or fail at every attempt to connect. */
function checkNumbers({ db, port }: { readonly db?: unknown; readonly port?: unknown }): void {
  if (db !== undefined && db !== null) check.wholeNumber("db", db, 0);
  if (port !== undefined && port !== null) check.wholeNumber("port", port, 1, 65_535);
}
