import { createHash } from "node:crypto";
import { type CacheOrder, messageOf } from "@lastgood/core/adapter";
import type { Commands, ScriptArgument } from "./clients/commands.ts";
import { isScriptRefusal } from "./script-refusal.ts";
import { digitsOf, headOf, stays } from "./stamp.ts";

// ARGV: loadedAt, unlessFreshAfter, what to store, its time to live.
// A key of another type, or without times, is foreign and is replaced, as SET would do.
// A user who may not call GETRANGE may still call GET, which every get needs.
const SCRIPT = `
local head = redis.pcall('GETRANGE', KEYS[1], 0, 31)
if type(head) == 'table' then head = redis.pcall('GET', KEYS[1]) end
if type(head) == 'string' then
  local loadedAt = tonumber(string.sub(head, 1, 16))
  local freshUntil = tonumber(string.sub(head, 17, 32))
  if loadedAt and freshUntil then
    if loadedAt > tonumber(ARGV[1]) then return end
    if loadedAt == tonumber(ARGV[1]) and freshUntil > tonumber(ARGV[2]) then return end
  end
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
`;

const SHA1 = createHash("sha1").update(SCRIPT).digest("hex");

/** Stores values unless there is one that comes after it by `CacheOrder`. */
export class OrderedWrites {
  /** Some Redis users may not run scripts, and some proxies refuse them. */
  #areScriptsRefused = false;

  async setUnlessNewer(commands: Commands, key: string, payload: Uint8Array, ttlMs: number, order: CacheOrder): Promise<void> {
    const stored = Buffer.concat([Buffer.from(headOf(order)), payload]);
    this.#areScriptsRefused ||= !(await ranScript(commands, key, argumentsOf(order, stored, ttlMs)));
    if (this.#areScriptsRefused) await lookThenSet(commands, key, stored, ttlMs, order);
  }
}

function argumentsOf({ loadedAt, unlessFreshAfter = Infinity }: CacheOrder, stored: Buffer, ttlMs: number): readonly ScriptArgument[] {
  return [digitsOf(loadedAt), digitsOf(unlessFreshAfter), stored, String(ttlMs)];
}

/** Does it all on the server, so that no other write comes in between. Resolves with false if the server refuses scripts. */
async function ranScript(commands: Commands, key: string, args: readonly ScriptArgument[]): Promise<boolean> {
  try {
    await commands.evalSha(SHA1, key, args);
    return true;
  } catch (error) {
    if (!isUnknownScript(error) && !isScriptRefusal(error)) throw error;
  }
  // The server does not know the script: it is new there, or the server has been restarted. Or it refuses EVALSHA alone.
  try {
    await commands.eval(SCRIPT, key, args);
    return true;
  } catch (error) {
    if (!isScriptRefusal(error)) throw error;
    return false;
  }
}

/** If another write comes between the look and the write, the later one of the two stays. */
async function lookThenSet(commands: Commands, key: string, stored: Buffer, ttlMs: number, order: CacheOrder): Promise<void> {
  const there = await valueOrForeign(commands, key);
  if (there === null || !stays(there, order)) await commands.set(key, stored, ttlMs);
}

/** A key of another type is replaced, as SET does. */
async function valueOrForeign(commands: Commands, key: string): Promise<Buffer | null> {
  try {
    return await commands.get(key);
  } catch (error) {
    if (!messageOf(error).startsWith("WRONGTYPE")) throw error;
    return null;
  }
}

function isUnknownScript(error: unknown): boolean {
  return messageOf(error).startsWith("NOSCRIPT");
}
