import type { Socket } from "node:net";
import type { Cluster, Redis } from "ioredis";
import { endsAtOnce } from "./settings.ts";

/** The properties in which ioredis 5 and 6 keep handles: the connection, the reconnect timer, the timer of an answer. */
const HELD = ["stream", "reconnectTimeout", "socketTimeoutTimer"] as const;

/**
 * Lets the process end while this client is open. While a get is awaited, core keeps the process alive. ioredis has no
 * option for this, and creates new connections and timers at every reconnection.
 */
export function unref<Client extends Redis | Cluster>(client: Client): Client {
  for (const name of HELD) unrefEach(client, name);
  if (client.isCluster) client.on("+node", (node: Redis) => unref(node));
  unrefSentinels(client);
  return client;
}

interface Holder {
  unref?: () => unknown;
}

/** Calls `unref` on every handle that is assigned to this property from now on. */
function unrefEach(client: object, name: string): void {
  let held: Holder | null | undefined;
  Object.defineProperty(client, name, {
    configurable: true,
    enumerable: true,
    get: () => held,
    set(next: Holder | null | undefined) {
      held = next;
      next?.unref?.();
      if (isSocket(next)) unrefAttempts(next);
    },
  });
}

/** A host name may have several addresses, and each connection attempt has its own handle. */
function unrefAttempts(socket: Socket): void {
  const unrefHandle = (): unknown => socket.unref();
  socket.on("connectionAttempt", unrefHandle).once("connect", unrefHandle);
}

function isSocket(held: unknown): held is Socket {
  return typeof held === "object" && held !== null && "connecting" in held;
}

/** The connector makes a client for each Sentinel. */
function unrefSentinels(client: object): void {
  const connector: unknown = Reflect.get(client, "connector");
  if (typeof connector !== "object" || connector === null) return;
  const connectToSentinel: unknown = Reflect.get(connector, "connectToSentinel");
  if (typeof connectToSentinel !== "function") return;
  const connect = (endpoint: unknown, options?: object): Redis =>
    unref(Reflect.apply(connectToSentinel, connector, [endpoint, { ...options, ...endsAtOnce }]) as Redis); // as ioredis has it
  Reflect.set(connector, "connectToSentinel", connect);
}
