import type { OptionChecks } from "@lastgood/core/adapter";
import type { ClientKind, Commands } from "./commands.ts";
import { type IoredisClient, ioredisKind } from "./ioredis.ts";
import { type NodeRedisClient, nodeRedisKind } from "./node-redis.ts";

/**
 * A client that the user has made, and closes: of ioredis, iovalkey or node-redis. Only what is used of it is named here,
 * so a client of any copy of these libraries fits.
 */
export type RedisClient = IoredisClient | NodeRedisClient;

/** The commands of the user's client. `undefined` if the object is no client of these libraries. */
export function commandsOf(given: object, check: OptionChecks): Commands | undefined {
  return commandsOfKind(ioredisKind, given, check) ?? commandsOfKind(nodeRedisKind, given, check);
}

/** A wrapper or mock without one of the methods would fail only in the middle of a get. */
function commandsOfKind<Client extends object>(kind: ClientKind<Client>, given: object, check: OptionChecks): Commands | undefined {
  if (!isMethod(given, kind.sign)) return undefined;
  const missing = kind.methods.find((name) => !isMethod(given, name));
  if (missing !== undefined) throw check.wrongType("client", `a client of ${kind.title}, with ${missing}`, given);
  return kind.commands(given as Client); // it has all the methods
}

function isMethod(given: object, name: string): boolean {
  return typeof Reflect.get(given, name) === "function";
}
