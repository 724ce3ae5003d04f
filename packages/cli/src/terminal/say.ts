/** Prints one line to standard error, about a key or about lastgood itself. */
export function say(text: string, key?: string): void {
  const line = key === undefined ? `lastgood: ${text}` : `lastgood: ${showKey(key)}: ${text}`;
  process.stderr.write(`${onOneLine(line)}\n`);
}

/** The key as messages show it, with its namespaces: `feeds/hn`. */
export function showKey(key: string): string {
  return onOneLine(key.replaceAll("\0", "/"));
}

/** What to call a record: its key, or its id where no key is known. A sealed record of an outage has an empty one. */
export function nameOrId(ref: string | undefined, id: string): string {
  return ref === undefined || ref === "" ? `id ${id}` : ref;
}

/** Replaces control characters, line breaks and marks that turn the text around: keys and messages may hold any character. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu, " ");
}
