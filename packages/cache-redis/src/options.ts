import { isUrl, optionChecks } from "@lastgood/core/adapter";
import type { Commands } from "./clients/commands.ts";
import { commandsOf } from "./clients/kinds.ts";
import { type UrlSource, urlSource } from "./url.ts";

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
  | { readonly kind: "client"; readonly commands: Commands }
  | UrlSource;

const check = optionChecks("redisCache");

const EXPECTED = 'a client of ioredis, iovalkey or node-redis, a URL such as "redis://localhost:6379", or the options of ioredis';

export function sourceFrom(given: unknown): Source {
  if (typeof given === "string") return urlSource(given);
  if (isUrl(given)) return urlSource(given.href);
  if (typeof given !== "object" || given === null) throw check.wrongType("client", EXPECTED, given);
  const commands = commandsOf(given, check);
  if (commands !== undefined) return { kind: "client", commands };
  // A client of another library would be read as options, and its settings would be ignored silently.
  if ("get" in given) throw check.wrongType("client", "a client of ioredis, with getBuffer, or of node-redis 5 or 6, with withTypeMapping", given);
  checkNumbers(given);
  checkSentinels(given);
  return { kind: "options", options: given };
}

export function prefixFrom(options: unknown): string {
  const { prefix = "lastgood:" } = check.options(options, ["prefix"]);
  return check.string("prefix", prefix);
}

/** With wrong numbers, ioredis uses database 0 and causes an unhandled rejection, or fails every attempt to connect. */
function checkNumbers({ db, port }: { readonly db?: unknown; readonly port?: unknown }): void {
  if (db !== undefined && db !== null) check.wholeNumber("db", db, 0);
  if (port !== undefined && port !== null) check.wholeNumber("port", port, 1, 65_535);
}

/** ioredis makes a client of these with the first call, and would complain only then. */
function checkSentinels({ sentinels, name }: { readonly sentinels?: unknown; readonly name?: unknown }): void {
  if (sentinels === undefined || sentinels === null) return;
  if (!Array.isArray(sentinels)) throw check.wrongType("sentinels", "an array of { host, port }", sentinels);
  if (sentinels.length === 0) throw check.wrongValue("sentinels", "an array with one Sentinel at least", sentinels);
  if (name === undefined || name === null) throw check.wrongType("name", "the name that the Sentinels have for the master", name);
}
