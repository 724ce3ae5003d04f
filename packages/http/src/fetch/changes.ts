import { type HeaderList, valueOf } from "../wire/headers.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

export function isUnsafe(method: string): boolean {
  return !SAFE.has(method.toUpperCase());
}

/** The URLs that a success has changed: its own, and those that it names within its origin. */
export function changedBy(url: URL, status: number, headers: HeaderList): string[] {
  if (status < 200 || status >= 400) return [];
  const named = ["location", "content-location"].flatMap((name) => {
    const value = valueOf(headers, name);
    return value !== undefined && URL.canParse(value, url.href) ? [new URL(value, url)] : [];
  });
  const changed = [url, ...named.filter(({ origin }) => origin === url.origin)];
  return [...new Set(changed.map(withoutFragment))];
}

function withoutFragment(url: URL): string {
  const plain = new URL(url);
  plain.hash = "";
  return plain.href;
}
