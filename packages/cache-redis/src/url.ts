import { parseServerUrl, urlRefusal } from "@lastgood/core/adapter";
import type { RedisConnectionOptions } from "./connection-options.ts";

/** The content of a URL: one server, or the nodes of a Cluster. */
export type UrlSource =
  | { readonly kind: "options"; readonly options: RedisConnectionOptions }
  | { readonly kind: "cluster"; readonly nodes: readonly { readonly host: string; readonly port: number }[]; readonly credentials: RedisConnectionOptions };

/** Reads a URL without ioredis, which reads `/cache` as database NaN and shows the password of a malformed URL. */
export function urlSource(url: string): UrlSource {
  const { scheme, username, password, servers, path } = parseServerUrl(url, { factory: "redisCache", schemes: ["redis", "rediss"], defaultPort: 6379 });
  const credentials: RedisConnectionOptions = {
    ...(username === undefined ? {} : { username }),
    // Redis also wants a password for a user without one, and accepts any.
    ...(password === undefined && username === undefined ? {} : { password: password ?? "" }),
    ...(scheme === "rediss" ? { tls: {} } : {}),
  };
  const db = databaseFrom(path);
  const [server] = servers;
  if (servers.length === 1 && server !== undefined) return { kind: "options", options: { ...server, ...credentials, db } };
  if (db !== 0) throw urlRefusal("redisCache", "path", "empty with several hosts, because they are a Cluster, which has no databases");
  return { kind: "cluster", nodes: servers, credentials };
}

const MOST = 2 ** 31 - 1;

function databaseFrom(path: string): number {
  if (path === "" || path === "/") return 0;
  const [, number] = /^\/(0|[1-9]\d*)$/.exec(path) ?? [];
  if (number !== undefined && Number(number) <= MOST) return Number(number);
  throw urlRefusal("redisCache", "path", "the number of a database, such as /0, or left out");
}
