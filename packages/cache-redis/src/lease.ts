import { randomUUID } from "node:crypto";
import type { ReleaseLease } from "@lastgood/core/adapter";
import type { Commands } from "./clients/commands.ts";
import { isScriptRefusal } from "./script-refusal.ts";

type Ask = <Answer>(command: (commands: Commands) => Promise<Answer>) => Promise<Answer>;

/** A lease that has run out may be somebody else's by now. */
const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end";

export async function takeLease(ask: Ask, key: string, ttlMs: number): Promise<ReleaseLease | undefined> {
  const holder = randomUUID();
  const isMine = await ask((commands) => commands.setIfAbsent(key, holder, ttlMs));
  if (!isMine) return undefined;
  return () => ask((commands) => release(commands, key, holder));
}

/** Without scripts, a lease that runs out between look and deletion may be another's by then. That costs one more load. */
async function release(commands: Commands, key: string, holder: string): Promise<void> {
  try {
    await commands.eval(RELEASE, key, [holder]);
  } catch (error) {
    if (!isScriptRefusal(error)) throw error;
    if ((await commands.get(key))?.toString() === holder) await commands.delete(key);
  }
}
