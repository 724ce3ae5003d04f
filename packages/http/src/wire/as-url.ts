/** The URL, or `undefined` if it is none. Not `canParse` first: to read a URL twice is a tenth of what a hit costs. */
export function asUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
