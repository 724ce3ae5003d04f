// Any string can be a key, so no character is reserved for namespaces. Instead, a separator inside a key is doubled.
const SEPARATOR = "\u0000";
const ESCAPED = SEPARATOR + SEPARATOR;

/** The key as stores know it. It never equals the stored key of a namespace. */
export function storedKey(key: string): string {
  return key.includes(SEPARATOR) ? key.replaceAll(SEPARATOR, ESCAPED) : key;
}

/** The stored key of `key` in the namespace `name`. Separators in `name` stand only between nested names. */
export function storedKeyIn(name: string, key: string): string {
  return name + SEPARATOR + storedKey(key);
}

/** The name of a namespace within another. */
export function nestedName(outer: string, inner: string): string {
  return outer + SEPARATOR + inner;
}

/** Whether a stored key is in the namespace `name`, or in one within it. An even number of separators stands for some in the key. */
export function isStoredIn(name: string, stored: string): boolean {
  if (!stored.startsWith(name + SEPARATOR)) return false;
  let end = name.length;
  while (stored[end] === SEPARATOR) end++;
  return (end - name.length) % 2 === 1;
}

/** Whether a namespace may have this name. With a separator in it, its end could be taken for the beginning of a key. */
export function isNamespaceName(name: string): boolean {
  return name !== "" && !name.includes(SEPARATOR);
}

const NONE: readonly string[] = [];

/** The full names of the namespaces that a stored key is in, the outermost first. */
export function namespacesOf(stored: string): readonly string[] {
  if (!stored.includes(SEPARATOR)) return NONE;
  const ends = Array.from(stored.matchAll(/\0+/gu)).filter(([separators]) => separators.length % 2 === 1);
  return ends.map(({ index }) => stored.slice(0, index));
}

/** The stored key of a mark. No key begins with a single separator. */
export function markKey(kind: string, name: string): string {
  return `${SEPARATOR}${kind}:${name}`;
}

export function isMarkKey(stored: string): boolean {
  return stored.startsWith(SEPARATOR) && stored[1] !== SEPARATOR;
}

/**
 * The key that loaders, events and errors show for a stored key: `"a\0b"` as the program wrote it, `"n\0k"` for `k` in the namespace `n`,
 * and `"tag:t"` for the mark of a tag.
 */
export function shownKey(stored: string): string {
  if (isMarkKey(stored)) return stored.slice(1);
  return stored.includes(ESCAPED) ? stored.replaceAll(ESCAPED, SEPARATOR) : stored;
}
