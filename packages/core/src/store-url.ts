import type { StoreUrl } from "./from-url.ts";

const SHAPE = /^([a-z][a-z0-9+.-]*):([^?#]*)(?:\?([^#]*))?$/i;

/** Takes a URL apart; `undefined` if it is none. Not with `URL`, to which `file:./backups` and a list of hosts are nothing. */
export function parseStoreUrl(url: string): StoreUrl | undefined {
  const [, scheme, location = "", query] = SHAPE.exec(url) ?? [];
  if (scheme === undefined) return undefined;
  const pairs = Array.from(new URLSearchParams(query), ([name, value]) => [name, plainValue(value)] as const);
  return { scheme: scheme.toLowerCase(), location, options: Object.fromEntries(pairs) };
}

function plainValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
