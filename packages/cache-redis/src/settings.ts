import type { ClusterOptions } from "ioredis";
import type { RedisConnectionOptions } from "./options.ts";

/** Twice core's own deadline: what takes longer is of no use to anybody. */
export const CONNECT_TIMEOUT = 2_000;

const READ_ONLY_PAUSE = 5_000;

/** For a client of our own: whatever the server does, each command ends, and the connection comes back by itself. */
export function settings(user: RedisConnectionOptions = {}): RedisConnectionOptions {
  return {
    ...nodeSettings,
    // A command that is cut off fails with its connection. Core has a loader and a backup: it need not be sent again.
    maxRetriesPerRequest: 0,
    retryStrategy: backOff,
    reconnectOnError: onceReadOnly(),
    ...user,
    ...noQueue,
    ...endsAtOnce,
    // The connection itself asks them again.
    sentinelRetryStrategy: () => null,
  };
}

export function clusterSettings(credentials: RedisConnectionOptions): Omit<ClusterOptions, "redisOptions"> & { readonly redisOptions: RedisConnectionOptions } {
  return { ...noQueue, clusterRetryStrategy: backOff, redisOptions: { ...nodeSettings, ...credentials, ...endsAtOnce } };
}

/** ioredis holds the process for as long as it would wait for the server's goodbye, also where there is no connection any more. */
export const endsAtOnce = { disconnectTimeout: 0 };

/** When to connect and who waits is for the adapter to say: the queue of a Cluster does not end before the outage does. */
const noQueue = { lazyConnect: true, enableOfflineQueue: false };

const nodeSettings: RedisConnectionOptions = {
  connectTimeout: CONNECT_TIMEOUT,
  // A server that says nothing while it owes an answer. Without this its commands would never end, and pile up.
  socketTimeout: CONNECT_TIMEOUT,
  sentinelCommandTimeout: CONNECT_TIMEOUT,
  // How often a server that loads its data is asked whether it is through.
  maxLoadingRetryTime: 1_000,
};

/** Soon, but not all processes at the same moment. */
export function backOff(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 5), 1_000) * (0.5 + Math.random() / 2);
}

/**
 * After a failover the name of the server leads to another one, while the connection still leads to the old, which is
 * read-only now. A replica that was meant is not worth a reconnection at every write.
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
