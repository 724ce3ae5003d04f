import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { startService } from "@lastgood/services";
import * as ioredis5 from "ioredis5";
import * as ioredis6 from "ioredis";
import type { RedisClient, RedisConnectionOptions } from "../../src/index.ts";

export type Service = Awaited<ReturnType<typeof startService>>;

/** A way in which a user reaches a server. */
export interface Shape {
  readonly title: string;
  readonly variant: string;
  /** The first argument of `redisCache`, and how the user closes it if it is a client. */
  readonly reach: (service: Service) => { readonly redis: RedisClient | RedisConnectionOptions | string; readonly close: () => unknown };
}

export const shapes: readonly Shape[] = [
  { title: "a URL", variant: "single", reach: ({ url }) => ours(url) },
  { title: "options, TLS and a password", variant: "tls", reach: (service) => ours(tlsOptions(service)) },
  { title: "the URL of a Cluster", variant: "cluster", reach: ({ url }) => ours(url) },
  { title: "options of Sentinels", variant: "sentinel", reach: (service) => ours(sentinelOptions(service)) },
  // Each with the types of its own version, because both must fit.
  ...shapesOf("ioredis 5", (options) => new ioredis5.Redis(options), (nodes) => new ioredis5.Cluster(nodes)),
  ...shapesOf("ioredis 6", (options) => new ioredis6.Redis(options), (nodes) => new ioredis6.Cluster(nodes)),
];

type Client = RedisClient & { disconnect(): void };
type Options = { readonly host: string; readonly port: number } | ReturnType<typeof tlsOptions> | ReturnType<typeof sentinelOptions>;
type Nodes = { host: string; port: number }[];

function shapesOf(title: string, redis: (options: Options) => Client, cluster: (nodes: Nodes) => Client): Shape[] {
  return [
    { title: `a client of ${title}`, variant: "single", reach: ({ first: { host, port } }) => theirs(redis({ host, port })) },
    { title: `a client of ${title}, TLS and a password`, variant: "tls", reach: (service) => theirs(redis(tlsOptions(service))) },
    { title: `a Cluster of ${title}`, variant: "cluster", reach: ({ servers }) => theirs(cluster(servers.map(({ host, port }) => ({ host, port })))) },
    { title: `a client of ${title}, by Sentinels`, variant: "sentinel", reach: (service) => theirs(redis(sentinelOptions(service))) },
  ];
}

function ours(redis: RedisConnectionOptions | string): ReturnType<Shape["reach"]> {
  return { redis, close: () => undefined };
}

function theirs(client: Client): ReturnType<Shape["reach"]> {
  return { redis: client, close: () => client.disconnect() };
}

export function tlsOptions({ first, dir, secret }: Service) {
  return { host: first.host, port: first.port, password: secret, tls: { ca: readFileSync(join(dir, "ca.pem")) } };
}

export function sentinelOptions({ servers }: Service) {
  const sentinels = servers.filter(({ name }) => name.startsWith("sentinel")).map(({ host, port }) => ({ host, port }));
  return { sentinels, name: "lastgood" };
}
