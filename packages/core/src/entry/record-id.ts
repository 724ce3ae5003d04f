import { crypto } from "../base/builtins.ts";
import { RecentMap } from "../base/recent-map.ts";

// Most hits in a byte cache are of keys seen before. Hashing the key again would cost more than the rest of the hit.
const remembered = new RecentMap<string>(4096);
const LONGEST_REMEMBERED = 256;

/**
 * The id of a key's record in byte caches and backups: a slug for human readers, then 128 bits of SHA-256. It has at most 93
 * characters of `a-z 0-9 -`, so it can be a file name, an object name or a Memcached key anywhere.
 */
export function recordId(key: string): string {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const id = makeId(key);
  if (key.length <= LONGEST_REMEMBERED) remembered.set(key, id);
  return id;
}

/** How ids of outage records begin. */
export const OUTAGE_PREFIX = "o_";

/** How ids of marks begin. */
export const MARK_PREFIX = "t_";

/**
 * What a record of this id is about: a key, a key that is served from its backup, or the mark of a tag or a namespace. The id of a key has
 * no `_` in it.
 */
export function recordKind(id: string): "key" | "outage" | "mark" {
  if (id.startsWith(OUTAGE_PREFIX)) return "outage";
  return id.startsWith(MARK_PREFIX) ? "mark" : "key";
}

/** Whether this is the id of a record with this key, of whatever kind. */
export function isIdOf(id: string, key: string): boolean {
  return id.slice(recordKind(id) === "key" ? 0 : OUTAGE_PREFIX.length) === recordId(key);
}

function makeId(key: string): string {
  const slug = slugOf(key);
  // Hashes UTF-16, because UTF-8 replaces all lone surrogates by the same character, so different keys would get the same id.
  const digest = crypto().hash("sha256", Buffer.from(key, "utf16le"), "hex").slice(0, 32);
  return slug === "" ? digest : `${slug}-${digest}`;
}

function slugOf(key: string): string {
  const slug = key
    .slice(0, 60)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  return slug.slice(slug.startsWith("-") ? 1 : 0, slug.endsWith("-") ? -1 : undefined).slice(0, 60);
}
