import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { startService } from "@lastgood/services";
import * as ioredis6 from "ioredis";
import * as ioredis5 from "ioredis5";
import * as iovalkey from "iovalkey";
import * as redis6 from "redis";
import * as redis5 from "redis5";
import type { RedisClient, RedisConnectionOptions } from "../../src/index.ts";

export type Service = Awaited<ReturnType<typeof startService>>;

/** A way in which a user reaches a server. */
export interface Shape {
  readonly title: string;
  readonly variant: string;
  readonly reach: (service: Service) => Promise<Reached>;
}

/** The first argument of `redisCache`, and how the user closes it if it is a client. */
interface Reached {
  readonly redis: RedisClient | RedisConnectionOptions | string;
  readonly close: () => unknown;
}

/** A library with which a user makes clients of their own. */
export interface Library {
  readonly title: string;
  /** A client for each way in which servers are run, connected. */
  readonly single: (service: Service) => Promise<UserClient>;
  readonly tls: (service: Service) => Promise<UserClient>;
  readonly cluster: (service: Service) => Promise<UserClient>;
  readonly sentinel: (service: Service) => Promise<UserClient>;
  /** A client of one server that is not connected yet. It tries to reconnect after so many milliseconds. */
  readonly idle: (port: number, reconnectMs?: number) => IdleClient;
}

interface UserClient {
  readonly client: RedisClient;
  readonly end: () => unknown;
}

export interface IdleClient extends UserClient {
  readonly connect: () => Promise<unknown>;
  readonly ping: () => Promise<unknown>;
  readonly isReady: () => boolean;
  /** How many listeners it has, of all events. */
  readonly listeners: () => number;
}

// Each with the types of its own version, because all must fit.
export const libraries: readonly Library[] = [
  likeIoredis("ioredis 5", (options) => new ioredis5.Redis(options), (nodes) => new ioredis5.Cluster(nodes)),
  likeIoredis("ioredis 6", (options) => new ioredis6.Redis(options), (nodes) => new ioredis6.Cluster(nodes)),
  likeIoredis("iovalkey", (options) => new iovalkey.Redis(options), (nodes) => new iovalkey.Cluster(nodes)),
  likeNodeRedis("node-redis 5", redis5.createClient, redis5.createCluster, redis5.createSentinel),
  likeNodeRedis("node-redis 6", redis6.createClient, redis6.createCluster, redis6.createSentinel),
];

export const shapes: readonly Shape[] = [
  { title: "a URL", variant: "single", reach: async ({ url }) => ours(url) },
  { title: "options, TLS and a password", variant: "tls", reach: async (service) => ours(tlsOptions(service)) },
  { title: "the URL of a Cluster", variant: "cluster", reach: async ({ url }) => ours(url) },
  { title: "options of Sentinels", variant: "sentinel", reach: async (service) => ours(sentinelOptions(service)) },
  ...libraries.flatMap(shapesOf),
];

function shapesOf({ title, single, tls, cluster, sentinel }: Library): Shape[] {
  return [
    { title: `a client of ${title}`, variant: "single", reach: theirs(single) },
    { title: `a client of ${title}, TLS and a password`, variant: "tls", reach: theirs(tls) },
    { title: `a Cluster of ${title}`, variant: "cluster", reach: theirs(cluster) },
    { title: `a client of ${title}, by Sentinels`, variant: "sentinel", reach: theirs(sentinel) },
  ];
}

function ours(redis: RedisConnectionOptions | string): Reached {
  return { redis, close: () => undefined };
}

function theirs(make: (service: Service) => Promise<UserClient>): Shape["reach"] {
  return async (service) => {
    const { client, end } = await make(service);
    return { redis: client, close: end };
  };
}

type IoredisLike = Extract<RedisClient, { getBuffer: unknown }> & {
  disconnect(): void;
  connect(): Promise<unknown>;
  ping(): Promise<unknown>;
  on(event: "error", listener: () => void): unknown;
  eventNames(): (string | symbol)[];
  listenerCount(name: string | symbol): number;
};
type Options = { readonly host: string; readonly port: number; readonly lazyConnect: boolean; readonly retryStrategy: () => number } | ReturnType<typeof tlsOptions> | ReturnType<typeof sentinelOptions>;
type Nodes = { host: string; port: number }[];

function likeIoredis(title: string, redis: (options: Options) => IoredisLike, cluster: (nodes: Nodes) => IoredisLike): Library {
  const made = async (client: IoredisLike): Promise<UserClient> => ({ client, end: () => client.disconnect() });
  return {
    title,
    single: ({ first: { port } }) => made(redis(addressOf(port))),
    tls: (service) => made(redis(tlsOptions(service))),
    cluster: ({ servers }) => made(cluster(servers.map(({ host, port }) => ({ host, port })))),
    sentinel: (service) => made(redis(sentinelOptions(service))),
    idle(port, reconnectMs) {
      const client = redis({ ...addressOf(port, reconnectMs), lazyConnect: true });
      client.on("error", () => {});
      return {
        client,
        end: () => client.disconnect(),
        connect: () => client.connect(),
        ping: () => client.ping(),
        isReady: () => client.status === "ready",
        listeners: () => listenersOf(client),
      };
    },
  };
}

function addressOf(port: number, reconnectMs = 20) {
  return { host: "127.0.0.1", port, lazyConnect: false, retryStrategy: () => reconnectMs };
}

type NodeRedisLike = Extract<RedisClient, { withTypeMapping: unknown }> & {
  connect(): Promise<unknown>;
  destroy(): unknown;
  on(event: "error", listener: () => void): unknown;
  eventNames(): (string | symbol)[];
  listenerCount(name: string | symbol): number;
};

function likeNodeRedis(
  title: string,
  redis: (options: redis6.RedisClientOptions & redis5.RedisClientOptions) => NodeRedisLike & { ping(): Promise<unknown> },
  cluster: (options: { rootNodes: { url: string }[] }) => NodeRedisLike,
  sentinel: (options: { name: string; sentinelRootNodes: Nodes }) => NodeRedisLike,
): Library {
  const made = async (client: NodeRedisLike): Promise<UserClient> => {
    client.on("error", () => {});
    await client.connect();
    return { client, end: () => client.destroy() };
  };
  return {
    title,
    single: ({ url }) => made(redis({ url })),
    tls({ url, dir }) {
      const ca = readFileSync(join(dir, "ca.pem"));
      return made(redis({ url, socket: { tls: true, ca } }));
    },
    cluster: ({ servers }) => made(cluster({ rootNodes: servers.map(({ host, port }) => ({ url: `redis://${host}:${port}` })) })),
    sentinel(service) {
      const { sentinels, name } = sentinelOptions(service);
      return made(sentinel({ name, sentinelRootNodes: sentinels }));
    },
    idle(port, reconnectMs = 20) {
      const client = redis({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: reconnectMs } });
      client.on("error", () => {});
      return {
        client,
        end: () => client.destroy(),
        connect: () => client.connect(),
        ping: () => client.ping(),
        isReady: () => client.isReady === true,
        listeners: () => listenersOf(client),
      };
    },
  };
}

function listenersOf(client: { eventNames(): (string | symbol)[]; listenerCount(name: string | symbol): number }): number {
  return client.eventNames().reduce((count, name) => count + client.listenerCount(name), 0);
}

export function tlsOptions({ first, dir, secret }: Service) {
  return { host: first.host, port: first.port, password: secret, tls: { ca: readFileSync(join(dir, "ca.pem")) } };
}

export function sentinelOptions({ servers }: Service) {
  const sentinels = servers.filter(({ name }) => name.startsWith("sentinel")).map(({ host, port }) => ({ host, port }));
  return { sentinels, name: "lastgood" };
}
