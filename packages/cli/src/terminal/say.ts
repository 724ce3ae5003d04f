/** Says something about a key, or about lastgood itself, on standard error. */
export function say(text: string, key?: string): void {
  const line = key === undefined ? `lastgood: ${text}` : `lastgood: ${showKey(key)}: ${text}`;
  process.stderr.write(`${onOneLine(line)}\n`);
}

/** The key of a namespace with the name of that before it: `feeds/hn`. */
export function showKey(key: string): string {
  return onOneLine(key.replaceAll("\0", "/"));
}

/** Keys and messages may hold anything, and a log that is read line by line must not be misled. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
