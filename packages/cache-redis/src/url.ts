import { parseServerUrl, urlRefusal } from "@lastgood/core/adapter";
import type { ClusterNode } from "ioredis";
import type { RedisConnectionOptions } from "./options.ts";

/** What a URL says: one server, or the nodes of a Cluster. */
export type UrlSource =
  | { readonly kind: "options"; readonly options: RedisConnectionOptions }
  | { readonly kind: "cluster"; readonly nodes: readonly ClusterNode[]; readonly credentials: RedisConnectionOptions };

/** Not by ioredis, which takes `/cache` for database NaN and shows the password of a URL that it cannot read. */
export function urlSource(url: string): UrlSource {
  const { scheme, username, password, servers, path } = parseServerUrl(url, { factory: "redisCache", schemes: ["redis", "rediss"], defaultPort: 6379 });
  const credentials: RedisConnectionOptions = {
    ...(username === undefined ? {} : { username }),
    // A user without a password is asked for one all the same, and any will do.
    ...(password === undefined && username === undefined ? {} : { password: password ?? "" }),
    ...(scheme === "rediss" ? { tls: {} } : {}),
  };
  const db = databaseFrom(path);
  const [server] = servers;
  if (servers.length === 1 && server !== undefined) return { kind: "options", options: { ...server, ...credentials, db } };
  if (db !== 0) throw urlRefusal("redisCache", "path", "empty where it has several hosts: they are a Cluster, which has no databases");
  return { kind: "cluster", nodes: servers, credentials };
}

const MOST = 2 ** 31 - 1;

function databaseFrom(path: string): number {
  if (path === "" || path === "/") return 0;
  const [, number] = /^\/(0|[1-9]\d*)$/.exec(path) ?? [];
  if (number !== undefined && Number(number) <= MOST) return Number(number);
  throw urlRefusal("redisCache", "path", "the number of a database, such as /0, or left out");
}
