import { type HeaderList, valueOf } from "../wire/headers.ts";

/** Directives by name in lower case; one without a value is `""`. Of one that comes twice, both values. */
type Directives = ReadonlyMap<string, readonly string[]>;

/** A comma in a quoted value is part of it. */
const MEMBER = /\s*([^\s=,"]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^,]*))?[^,]*(?:,|$)/y;

/** The directives of a Cache-Control field. What cannot be read is left out. */
function parseDirectives(field: string | undefined): Directives {
  const directives = new Map<string, string[]>();
  if (field === undefined) return directives;
  let at = 0;
  while (at < field.length) {
    MEMBER.lastIndex = at;
    const [whole = "", name, value = ""] = MEMBER.exec(field) ?? [];
    if (name === undefined) {
      at = skipMember(field, at);
      continue;
    }
    at += whole.length;
    const known = name.toLowerCase();
    directives.set(known, [...(directives.get(known) ?? []), value.trim()]);
  }
  return directives;
}

function skipMember(field: string, from: number): number {
  const comma = field.indexOf(",", from);
  return comma === -1 ? field.length : comma + 1;
}

const UNDERSTOOD = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414]);

/** What a source allows with its answers. Seconds. */
export interface SourceRules {
  readonly noStore: boolean;
  readonly isPrivate: boolean;
  readonly noCache: boolean;
  /** Also `proxy-revalidate` and `s-maxage`, where the cache is shared. */
  readonly mustRevalidate: boolean;
  readonly maxAge: number | undefined;
  readonly staleIfError: number | undefined;
  readonly staleWhileRevalidate: number | undefined;
  readonly directives: Directives;
}

export function sourceRules(status: number, headers: HeaderList, shared: boolean): SourceRules {
  const field = valueOf(headers, "cache-control");
  const directives = parseDirectives(field);
  const sMaxAge = shared ? seconds(directives, "s-maxage") : undefined;
  return {
    // Both together: to be kept by those who understand the status (RFC 9111, section 5.2.2.3).
    noStore: directives.has("no-store") && !(directives.has("must-understand") && UNDERSTOOD.has(status)),
    isPrivate: directives.has("private"),
    noCache: directives.has("no-cache") || (field === undefined && /(?:^|,)\s*no-cache\s*(?:,|$)/i.test(valueOf(headers, "pragma") ?? "")),
    mustRevalidate: directives.has("must-revalidate") || (shared && (directives.has("proxy-revalidate") || sMaxAge !== undefined)),
    maxAge: sMaxAge ?? seconds(directives, "max-age"),
    staleIfError: seconds(directives, "stale-if-error"),
    staleWhileRevalidate: seconds(directives, "stale-while-revalidate"),
    directives,
  };
}

/** Nobody who says so means more than this: 68 years. */
const LONGEST = 2 ** 31;

/**
 * A number of seconds. Of two that differ, the shorter: who is unsure asks the source. What is no number is 0, so that the answer
 * counts as not fresh (RFC 9111, section 4.2.1).
 */
export function seconds(directives: Directives, name: string): number | undefined {
  const values = directives.get(name);
  if (values === undefined) return undefined;
  return Math.min(...values.map((value) => (/^(?:\d+|"\d+")$/.test(value) ? Math.min(Number(value.replaceAll('"', "")), LONGEST) : 0)));
}

/** What a caller wants of a kept answer. */
export interface CallerRules {
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAge: number | undefined;
  readonly minFresh: number | undefined;
  /** `Infinity`: however stale. */
  readonly maxStale: number | undefined;
}

export function callerRules(headers: HeaderList): CallerRules {
  const field = valueOf(headers, "cache-control");
  if (field === undefined && valueOf(headers, "pragma") === undefined) return NO_WISHES;
  const directives = parseDirectives(field);
  const maxStale = directives.get("max-stale");
  return {
    noCache: directives.has("no-cache") || (field === undefined && /(?:^|,)\s*no-cache\s*(?:,|$)/i.test(valueOf(headers, "pragma") ?? "")),
    noStore: directives.has("no-store"),
    onlyIfCached: directives.has("only-if-cached"),
    maxAge: seconds(directives, "max-age"),
    minFresh: seconds(directives, "min-fresh"),
    maxStale: maxStale?.includes("") ? Infinity : seconds(directives, "max-stale"),
  };
}

export const NO_WISHES: CallerRules = {
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAge: undefined,
  minFresh: undefined,
  maxStale: undefined,
};
