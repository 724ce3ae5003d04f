import type { ClusterOptions } from "ioredis";
import type { RedisConnectionOptions } from "./connection-options.ts";

/** Twice core's own deadline. A later answer has no use. */
export const CONNECT_TIMEOUT = 2_000;

const READ_ONLY_PAUSE = 5_000;

/** Settings for our own client: every command ends and the client reconnects, whatever the server does. */
export function settings(user: RedisConnectionOptions = {}): RedisConnectionOptions {
  return {
    ...nodeSettings,
    // A command fails with its connection and is not sent again, because core has a loader and a backup.
    maxRetriesPerRequest: 0,
    retryStrategy: backOff,
    reconnectOnError: onceReadOnly(),
    ...user,
    ...noQueue,
    ...endsAtOnce,
    // Our own connection retries instead.
    sentinelRetryStrategy: () => null,
  };
}

export function clusterSettings(credentials: RedisConnectionOptions): Omit<ClusterOptions, "redisOptions"> & { readonly redisOptions: RedisConnectionOptions } {
  return { ...noQueue, clusterRetryStrategy: backOff, redisOptions: { ...nodeSettings, ...credentials, ...endsAtOnce } };
}

/** Otherwise ioredis keeps the process alive while it waits for a connection to close, even if there is none. */
export const endsAtOnce = { disconnectTimeout: 0 };

/** The adapter decides when to connect and which calls wait. The queue of a Cluster would hold commands for a whole outage. */
const noQueue = { lazyConnect: true, enableOfflineQueue: false };

const nodeSettings: RedisConnectionOptions = {
  connectTimeout: CONNECT_TIMEOUT,
  // Ends commands to a silent server, which would otherwise pile up for ever.
  socketTimeout: CONNECT_TIMEOUT,
  sentinelCommandTimeout: CONNECT_TIMEOUT,
  // The interval at which a server that loads its data is asked whether it is ready.
  maxLoadingRetryTime: 1_000,
};

/** Exponential backoff with jitter, so that processes do not reconnect at the same moment. */
export function backOff(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 5), 1_000) * (0.5 + Math.random() / 2);
}

/**
 * After a failover, the host name leads to the new master, but the connection still leads to the old one, which is
 * read-only now. The pause limits reconnections if the user connects to a replica on purpose.
 */
function onceReadOnly(): (error: Error) => boolean {
  let rested = true;
  return (error) => {
    if (!rested || !error.message.startsWith("READONLY")) return false;
    rested = false;
    setTimeout(() => (rested = true), READ_ONLY_PAUSE).unref();
    return true;
  };
}
