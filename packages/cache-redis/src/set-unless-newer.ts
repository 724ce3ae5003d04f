import { createHash } from "node:crypto";
import { messageOf } from "@lastgood/core/adapter";
import type { RedisClient } from "./options.ts";
import { stampOf } from "./stamp.ts";

// A key of another type, or without a stamp, is foreign and is replaced, as SET would do.
const SCRIPT = `
local kept = tonumber(redis.pcall('GETRANGE', KEYS[1], 0, 15))
if kept and kept > tonumber(ARGV[1]) then return end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
`;

const SHA1 = createHash("sha1").update(SCRIPT).digest("hex");

/** Stores a value unless the key has one with a greater `loadedAt`, atomically. */
export async function setUnlessNewer(client: RedisClient, key: string, payload: Uint8Array, ttlMs: number, loadedAt: number): Promise<void> {
  const args = [stampOf(loadedAt), Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength), ttlMs] as const;
  try {
    await client.evalsha(SHA1, 1, key, ...args);
  } catch (error) {
    if (!messageOf(error).startsWith("NOSCRIPT")) throw error;
    // The server does not know the script: it is new there, or the server has been restarted.
    await client.eval(SCRIPT, 1, key, ...args);
  }
}
