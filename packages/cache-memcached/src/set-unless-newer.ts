import type { CacheOrder } from "@lastgood/core/adapter";
import { stamped, stays } from "./stamp.ts";
import type { SteadyClient, Versioned } from "./steady-client.ts";

/** A failed attempt means that a write of another client has succeeded meanwhile. */
const MOST_ATTEMPTS = 100;

/** Writes `stored` unless the value of the key comes after it by `CacheOrder`, whatever others write meanwhile. */
export async function setUnlessNewer(client: SteadyClient, key: string, stored: Uint8Array, expires: number, order: CacheOrder): Promise<void> {
  const value = stamped(stored, order);
  await unlessNewer(client, key, order, (there) => client.setIfUnchanged(key, value, expires, there?.version));
}

/** Deletes the value of the key unless it comes after a value of this order. */
export async function deleteUnlessNewer(client: SteadyClient, key: string, order: CacheOrder): Promise<void> {
  await unlessNewer(client, key, order, (there) => there === undefined || client.deleteIfUnchanged(key, there.version));
}

type Attempt = (there: Versioned | undefined) => boolean | Promise<boolean>;

async function unlessNewer(client: SteadyClient, key: string, order: CacheOrder, attempt: Attempt): Promise<void> {
  for (let left = MOST_ATTEMPTS; left > 0; left--) {
    const there = await client.getVersioned(key);
    if (there !== undefined && stays(there.value, order)) return;
    if (await attempt(there)) return;
  }
  throw new Error(`other clients have written the key during each of ${MOST_ATTEMPTS} attempts`);
}
