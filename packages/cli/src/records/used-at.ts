import type { KeptKey } from "./find-key.ts";

/** How long to look, in milliseconds. */
const PATIENCE = 2_000;

/** When a key was last used. Only a list says that, and a large store is not listed to its end: `undefined`. */
export async function usedAtOf({ store, id }: Pick<KeptKey, "store" | "id">): Promise<number | undefined> {
  const began = performance.now();
  try {
    for await (const info of store.list()) {
      if (info.id === id) return info.usedAt;
      if (performance.now() - began > PATIENCE) return undefined;
    }
  } catch {
    return undefined; // the records have been read, and are worth more
  }
  return undefined;
}
