import type { Socket } from "node:net";
import type { Cluster, Redis } from "ioredis";
import { endsAtOnce } from "./settings.ts";

/** Where ioredis, 5 and 6, keeps what holds a process: the connection, the pause before the next, the deadline of an answer. */
const HELD = ["stream", "reconnectTimeout", "socketTimeoutTimer"] as const;

/**
 * Lets the process end though this client is open. Whoever waits for an answer holds the process by other means: core does
 * while a get is awaited. ioredis has no option for it, and makes connections and timers anew at every reconnection.
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

/** Whatever is put there from now on holds no process. */
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

/** A host name may lead to several addresses: each attempt has a handle of its own. */
function unrefAttempts(socket: Socket): void {
  const unrefHandle = (): unknown => socket.unref();
  socket.on("connectionAttempt", unrefHandle).once("connect", unrefHandle);
}

function isSocket(held: unknown): held is Socket {
  return typeof held === "object" && held !== null && "connecting" in held;
}

/** Each Sentinel is asked by a client that its connector makes. */
function unrefSentinels(client: object): void {
  const connector: unknown = Reflect.get(client, "connector");
  if (typeof connector !== "object" || connector === null) return;
  const connectToSentinel: unknown = Reflect.get(connector, "connectToSentinel");
  if (typeof connectToSentinel !== "function") return;
  const connect = (endpoint: unknown, options?: object): Redis =>
    unref(Reflect.apply(connectToSentinel, connector, [endpoint, { ...options, ...endsAtOnce }]) as Redis); // as ioredis has it
  Reflect.set(connector, "connectToSentinel", connect);
}
