import type { Datastore, Namespace } from "@lastgood/core";

/** The keys of a datastore, or of a namespace in it. */
export type Keys = Pick<Namespace, "getResult" | "expire" | "delete" | "peekBackup">;

/** `names`: nested namespaces, the outermost first. */
export function keysOf(datastore: Datastore, names: readonly string[]): Keys {
  let keys: Datastore | Namespace = datastore;
  for (const name of names) keys = keys.namespace(name);
  return keys;
}

/** The key with its namespaces, as `showKey` expects it. */
export function fullKey(names: readonly string[], key: string): string {
  return [...names, key].join("\0");
}

/**
 * The key that has a backup or a cached answer: the given one or, for a URL, its normalised form, which `fetch` uses.
 * `undefined` if neither has one.
 */
export async function findKept(keys: Keys, asked: string): Promise<string | undefined> {
  for (const key of new Set([asked, urlKey(asked) ?? asked])) {
    if (await isKept(keys, key)) return key;
  }
  return undefined;
}

/** The normalised form of an HTTP URL: `http://host` and `http://host/#part` become `http://host/`. `undefined` for other text. */
export function urlKey(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") return undefined;
  url.hash = ""; // never sent
  return url.href;
}

async function isKept(keys: Keys, key: string): Promise<boolean> {
  return (await keys.peekBackup(key)) !== undefined || (await isCached(keys, key));
}

class NotCached extends Error {}

/** A cache that fails counts as empty: its failure has been reported. */
async function isCached(keys: Keys, key: string): Promise<boolean> {
  const missing = new NotCached();
  try {
    await keys.getResult(key, () => Promise.reject(missing), { shouldFallback: () => false });
    return true;
  } catch (error) {
    if (error === missing) return false;
    throw error;
  }
}
