/** Says something about a key, or about lastgood itself, on standard error. */
export function say(text: string, key?: string): void {
  const line = key === undefined ? `lastgood: ${text}` : `lastgood: ${key}: ${text}`;
  process.stderr.write(`${onOneLine(line)}\n`);
}

/** Keys and messages may hold anything, and a log that is read line by line must not be misled. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
