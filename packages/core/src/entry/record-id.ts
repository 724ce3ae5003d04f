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

/** The same id, not remembered. A value is read from memory many times for each time that it is written to a store. */
export function recordIdOnce(key: string): string {
  return remembered.get(key) ?? makeId(key);
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

const LONGEST_SLUG = 60;
const DIGITS = 32;
const DASH = 45;

// An id is put together in here. To join it from strings would cost as much as the hash.
const draft = Buffer.alloc(LONGEST_SLUG + 1 + DIGITS);

function makeId(key: string): string {
  // Hashes UTF-16, because UTF-8 replaces all lone surrogates by the same character, so different keys would get the same id.
  const digest = crypto().hash("sha256", Buffer.from(key, "utf16le"), "hex");
  let end = draftSlug(key);
  if (end > 0) draft[end++] = DASH;
  for (let digit = 0; digit < DIGITS; digit++) draft[end++] = digest.charCodeAt(digit);
  return draft.toString("latin1", 0, end);
}

/** Puts the slug of a key into the draft. Returns its length. */
function draftSlug(key: string): number {
  const length = Math.min(key.length, LONGEST_SLUG);
  let end = 0;
  for (let at = 0; at < length; at++) {
    const code = key.charCodeAt(at);
    if (code > 0x7f) return draft.write(slugOf(key), "latin1");
    if (isLetterOrDigit(code)) draft[end++] = isUpperCase(code) ? code + 0x20 : code;
    else if (end > 0 && draft[end - 1] !== DASH) draft[end++] = DASH;
  }
  return draft[end - 1] === DASH ? end - 1 : end;
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || isUpperCase(code);
}

function isUpperCase(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

/** The slug of any key. In lower case, some letters of other alphabets become ASCII letters. */
function slugOf(key: string): string {
  const slug = key
    .slice(0, LONGEST_SLUG)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  return slug.slice(slug.startsWith("-") ? 1 : 0, slug.endsWith("-") ? -1 : undefined).slice(0, LONGEST_SLUG);
}
