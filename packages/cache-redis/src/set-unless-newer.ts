import { createHash } from "node:crypto";
import { type CacheOrder, messageOf } from "@lastgood/core/adapter";
import type { Commands } from "./clients/commands.ts";
import { digitsOf, headOf } from "./stamp.ts";

// ARGV: loadedAt, unlessFreshAfter, what to store, its time to live.
// A key of another type, or without times, is foreign and is replaced, as SET would do.
const SCRIPT = `
local head = redis.pcall('GETRANGE', KEYS[1], 0, 31)
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

/** Stores a value unless the key has one that comes after it by `CacheOrder`, atomically. */
export async function setUnlessNewer(commands: Commands, key: string, payload: Uint8Array, ttlMs: number, order: CacheOrder): Promise<void> {
  const { loadedAt, unlessFreshAfter = Infinity } = order;
  const stored = Buffer.concat([Buffer.from(headOf(order)), payload]);
  const args = [digitsOf(loadedAt), digitsOf(unlessFreshAfter), stored, String(ttlMs)];
  try {
    await commands.evalSha(SHA1, key, args);
  } catch (error) {
    if (!messageOf(error).startsWith("NOSCRIPT")) throw error;
    // The server does not know the script: it is new there, or the server has been restarted.
    await commands.eval(SCRIPT, key, args);
  }
}
