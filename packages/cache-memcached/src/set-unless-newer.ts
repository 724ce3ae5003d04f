import { stampOf } from "./stamp.ts";
import type { SteadyClient, Versioned } from "./steady-client.ts";

/** A failed attempt means that a write of another client has succeeded meanwhile. */
const MOST_ATTEMPTS = 100;

/** Writes `value` unless the key has a value with a greater stamp, whatever others write meanwhile. */
export async function setUnlessNewer(client: SteadyClient, key: string, value: Buffer, expires: number): Promise<void> {
  await unlessNewer(client, key, stampOf(value), (there) => client.setIfUnchanged(key, value, expires, there?.version));
}

/** Deletes the value of the key unless it has a greater stamp than `stamp`. */
export async function deleteUnlessNewer(client: SteadyClient, key: string, stamp: number): Promise<void> {
  await unlessNewer(client, key, stamp, (there) => there === undefined || client.deleteIfUnchanged(key, there.version));
}

type Attempt = (there: Versioned | undefined) => boolean | Promise<boolean>;

async function unlessNewer(client: SteadyClient, key: string, stamp: number, attempt: Attempt): Promise<void> {
  for (let left = MOST_ATTEMPTS; left > 0; left--) {
    const there = await client.getVersioned(key);
    if (there !== undefined && stampOf(there.value) > stamp) return;
    if (await attempt(there)) return;
  }
  throw new Error(`other clients have written the key during each of ${MOST_ATTEMPTS} attempts`);
}
