import { crypto } from "../base/builtins.ts";
import { RecentMap } from "../base/recent-map.ts";

// A hit in a byte cache asks for the id of a key that was asked for before; hashing it again would cost more than the rest.
const remembered = new RecentMap<string>(4096);
const LONGEST_REMEMBERED = 256;

/**
 * The name of a key's record in byte caches and backups: a slug for the human reader, then 128 bits of SHA-256.
 * Only `a-z 0-9 -`, at most 93 characters, so a record can be a file name, an object name or a Memcached key anywhere.
 */
export function recordId(key: string): string {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const id = makeId(key);
  if (key.length <= LONGEST_REMEMBERED) remembered.set(key, id);
  return id;
}

function makeId(key: string): string {
  const slug = slugOf(key);
  // Over UTF-16: UTF-8 has one replacement for all lone surrogates, and keys that differ would meet.
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
