import type { StoreUrl } from "./adapter/factory.ts";

type Refuse = (part: string, expected: string) => Error;

const SHAPE = /^([a-z][a-z0-9+.-]*):([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/i;

/**
 * Takes the URL of a store apart, as `fromEnv` does; `undefined` for a text that is no URL. Not with `URL`, which cannot
 * read `file:./backups` or a list of hosts.
 *
 * @param refuse Makes the error for a part that no adapter can use, such as a fragment.
 * @example
 * ```ts
 * import { parseStoreUrl, urlRefusal } from "@lastgood/core/adapter";
 *
 * const url = parseStoreUrl("file:./backups?generations=3", (part, expected) => urlRefusal("--backup", part, expected));
 * // { scheme: "file", location: "./backups", options: { generations: 3 } }
 * ```
 */
export function parseStoreUrl(url: string, refuse: Refuse): StoreUrl | undefined {
  if (/\p{Cc}|^ | $/u.test(url)) throw refuse("text", "without control characters and spaces at its ends");
  const [, scheme, location = "", query = "", fragment] = SHAPE.exec(url) ?? [];
  if (scheme === undefined) return undefined;
  // A password with a ? or # in it ends what stands before the host: what follows would be taken for options.
  if (`${query}${fragment}`.includes("@")) throw refuse("query", "without @: it is written %40, and in a user name or password ? is %3F, # is %23");
  if (fragment !== undefined) throw refuse("fragment", "left out: a # that is meant is written %23");
  return { scheme: scheme.toLowerCase(), location, options: optionsFrom(query, refuse) };
}

/**
 * The URLs in a list with commas, as `LASTGOOD_BACKUP_URL` may be one. A comma ends a URL only before a scheme: paths have commas too.
 *
 * @param schemes Those that need no `//` after them to be known as the beginning of a URL. The schemes of lastgood's own backups do not either.
 * @example
 * ```ts
 * import { storeUrlsIn } from "@lastgood/core/adapter";
 *
 * const urls = storeUrlsIn("file:./a,b,s3://bucket/prefix", ["file"]); // ["file:./a,b", "s3://bucket/prefix"]
 * ```
 */
export function storeUrlsIn(list: string, schemes: readonly string[] = []): readonly string[] {
  const known = [...OWN_SCHEMES, ...schemes].map((scheme) => scheme.replace(/[+.]/g, String.raw`\$&`));
  return list.split(new RegExp(String.raw`,\s*(?=(?:${known.join("|")}):|[a-z][a-z0-9+.-]*://)`, "i"));
}

const OWN_SCHEMES = ["file", "seed", "sqlite", "s3", "postgres", "postgresql"];

function optionsFrom(query: string, refuse: Refuse): StoreUrl["options"] {
  if (!isPercentEncoded(query)) throw refuse("query", "percent-encoded: a % that is meant is written %25");
  const pairs = Array.from(new URLSearchParams(query), ([name, value]) => [name, plainValue(value)] as const);
  const names = new Set(pairs.map(([name]) => name));
  if (names.size < pairs.length) throw refuse("query", "without an option that stands there twice");
  return Object.fromEntries(pairs);
}

function isPercentEncoded(query: string): boolean {
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false;
  }
}

/** Converts text to a number only if the number prints as the same text, so that adapters can recover the text. */
function plainValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^\d+(\.\d+)?$/.test(text) && String(Number(text)) === text ? Number(text) : text;
}
