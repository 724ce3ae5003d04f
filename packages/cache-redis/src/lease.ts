import { randomUUID } from "node:crypto";
import type { ReleaseLease } from "@lastgood/core/adapter";
import type { Commands } from "./clients/commands.ts";

type Ask = <Answer>(command: (commands: Commands) => Promise<Answer>) => Promise<Answer>;

/** A lease that has run out may be somebody else's by now. */
const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end";

export async function takeLease(ask: Ask, key: string, ttlMs: number): Promise<ReleaseLease | undefined> {
  const holder = randomUUID();
  const isMine = await ask((commands) => commands.setIfAbsent(key, holder, ttlMs));
  if (!isMine) return undefined;
  return async () => void (await ask((commands) => commands.eval(RELEASE, key, [holder])));
}
