// Any string is a key, so no character can be left to namespaces alone: in a key, a separator is written twice.
const SEPARATOR = "\u0000";
const ESCAPED = SEPARATOR + SEPARATOR;

/** The key as the stores have it: equal to no key of a namespace. */
export function storedKey(key: string): string {
  return key.includes(SEPARATOR) ? key.replaceAll(SEPARATOR, ESCAPED) : key;
}

/** The stored key of `key` in the namespace `name`, which contains no separator but those between nested names. */
export function storedKeyIn(name: string, key: string): string {
  return name + SEPARATOR + storedKey(key);
}

/** The name of a namespace within another. */
export function nestedName(outer: string, inner: string): string {
  return outer + SEPARATOR + inner;
}

/** Whether a namespace may have this name: it must not end where a key could begin. */
export function isNamespaceName(name: string): boolean {
  return name !== "" && !name.includes(SEPARATOR);
}

/** A stored key as loaders, events and errors show it: `"a\0b"` is as the program wrote it, and `k` in the namespace `n` is `"n\0k"`. */
export function shownKey(stored: string): string {
  return stored.includes(ESCAPED) ? stored.replaceAll(ESCAPED, SEPARATOR) : stored;
}
