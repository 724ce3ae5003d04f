import type { Redis } from "ioredis";
import { unref } from "../unref.ts";
import type { Channel, ChannelEvents } from "./commands.ts";

export interface Subscribing {
  /** Makes another client, with these options changed. Of a Cluster, it would be another Cluster. */
  duplicate(...override: never[]): unknown;
}

/** A connection that is lost stays lost, so that no gap goes unnoticed: the next one is another client. */
const SETTINGS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResubscribe: false,
  retryStrategy: null,
  sentinelRetryStrategy: () => null,
  maxRetriesPerRequest: 0,
  disconnectTimeout: 0,
  // Messages come when they like.
  commandTimeout: undefined,
};

/** Subscribes with a duplicate of this client. `elsewhere`: the address of another server. Rejects if the server is away. */
export async function openIoredisChannel(node: Subscribing, elsewhere: object, name: string, told: ChannelEvents): Promise<Channel> {
  const client = unref(node.duplicate({ ...SETTINGS, ...elsewhere } as never) as Redis); // as ioredis and iovalkey have it
  client.on("error", () => {}); // "close" follows. Without a listener, an error would end the process.
  client.on("close", told.ended);
  client.on("messageBuffer", (_channel: Buffer, message: Buffer) => told.heard(message));
  try {
    await client.connect();
    await client.subscribe(name);
  } catch (error) {
    client.disconnect();
    throw error;
  }
  return { confirm: () => client.ping(), close: () => client.disconnect() };
}
