import CachePolicy from "http-cache-semantics";
import type { Answer } from "../wire/answer.ts";
import { type HeaderList, namedIn, valueOf } from "../wire/headers.ts";
import { seconds, type SourceRules, sourceRules } from "./cache-control.ts";
import { parseHttpDate } from "./http-date.ts";

type Head = Omit<Answer, "body">;

const A_DAY = 86_400_000;

// Seconds, as of any delta in RFC 9111.
const LONGEST_AGE = 2 ** 31;

/** How answers are judged. */
export interface Judgement {
  /** Whether several users share what is kept. */
  readonly shared: boolean;
  /** Whether what the source says about keeping and standing in is obeyed. */
  readonly obey: boolean;
  /** Milliseconds that an answer is fresh whose source says nothing, and no answer longer. `undefined`: what RFC 9111 makes of it. */
  readonly ttl: number | undefined;
}

/** What a source says about one answer. Milliseconds from when it came. */
export interface Freshness {
  /** Whether it may be kept. */
  readonly isKept: boolean;
  /** For how long it is fresh. */
  readonly freshFor: number;
  /** Whether the source itself has said for how long. */
  readonly isExplicit: boolean;
  /** How old it was when it came. */
  readonly initialAge: number;
  /** For how long it may answer while the source is asked again. */
  readonly usableFor: number;
  /** For how long its source lets it stand in for a source that is broken. */
  readonly standsInFor: number;
  /** What the source said and was not obeyed. */
  readonly disobeyed: readonly string[];
}

/** Judges an answer to a request with these headers. */
export function freshnessOf(requestHeaders: HeaderList, answer: Head, { shared, obey, ttl }: Judgement): Freshness {
  const said = sourceRules(answer.status, answer.headers, shared);
  const rules = obey ? said : unbound(said);
  const policy = policyOf(requestHeaders, answer, rules, shared);
  const isExplicit = isExplicitlyFresh(answer, rules);
  const initialAge = ageOnArrival(answer);
  const saidFresh = rules.noCache ? 0 : Math.max(0, policy.maxAge() * 1_000 - initialAge);
  const freshFor = isExplicit || ttl === undefined ? Math.min(saidFresh, ttl ?? Infinity) : ttl;
  const isBound = rules.noCache || rules.mustRevalidate;
  return {
    isKept: isKept(rules, shared, policy, requestHeaders),
    freshFor,
    isExplicit,
    initialAge,
    usableFor: freshFor + (isBound ? 0 : (rules.staleWhileRevalidate ?? 0) * 1_000),
    standsInFor: standsInFor(said, saidFresh),
    disobeyed: obey ? [] : disobeyed(said, shared),
  };
}

/** What the source says, obeyed or not: whoever reads the answer later may obey. */
function standsInFor({ noCache, mustRevalidate, staleIfError }: SourceRules, freshFor: number): number {
  if (noCache) return 0;
  return freshFor + (mustRevalidate ? 0 : (staleIfError ?? Infinity) * 1_000);
}

/** Of an answer that another has led to: both have to be fresh. */
export function combined(redirect: Freshness, target: Freshness): Freshness {
  const says = redirect.isExplicit;
  return {
    ...target,
    isKept: redirect.isKept && target.isKept,
    isExplicit: says || target.isExplicit,
    freshFor: says ? Math.min(redirect.freshFor, target.freshFor) : target.freshFor,
    usableFor: says ? Math.min(redirect.usableFor, target.usableFor) : target.usableFor,
    standsInFor: Math.min(redirect.standsInFor, target.standsInFor),
    disobeyed: [...new Set([...redirect.disobeyed, ...target.disobeyed])],
  };
}

/** The rules without those that keep an answer from being kept or from standing in. */
function unbound(rules: SourceRules): SourceRules {
  const staleIfError = rules.staleIfError === 0 ? undefined : rules.staleIfError;
  return { ...rules, noStore: false, isPrivate: false, noCache: false, mustRevalidate: false, staleIfError };
}

function disobeyed(said: SourceRules, shared: boolean): string[] {
  return [
    ...(said.noStore ? ["no-store"] : []),
    ...(said.isPrivate && shared ? ["private"] : []),
    ...(said.noCache ? ["no-cache"] : []),
    ...(said.mustRevalidate ? ["must-revalidate"] : []),
    ...(said.staleIfError === 0 ? ["stale-if-error=0"] : []),
  ];
}

function isKept(rules: SourceRules, shared: boolean, policy: CachePolicy, requestHeaders: HeaderList): boolean {
  if (rules.noStore || (shared && rules.isPrivate)) return false;
  const isPersonal = valueOf(requestHeaders, "authorization") !== undefined || valueOf(requestHeaders, "cookie") !== undefined;
  if (!shared || !isPersonal) return true;
  // RFC 9111, section 3.5, is about Authorization. Cookies tell users apart in the same way.
  return rules.directives.has("public") || (valueOf(requestHeaders, "cookie") === undefined && policy.storable());
}

function isExplicitlyFresh({ headers }: Head, { maxAge, noCache, directives }: SourceRules): boolean {
  return maxAge !== undefined || noCache || directives.has("immutable") || valueOf(headers, "expires") !== undefined;
}

/** RFC 9111, section 4.2.3, without the apparent age: it would take every source whose clock is slow for a stale one. */
function ageOnArrival({ headers, requestTime, responseTime }: Head): number {
  const [field = ""] = (valueOf(headers, "age") ?? "").split(",");
  const age = /^\s*\d+\s*$/.test(field) ? Math.min(Number(field), LONGEST_AGE) : 0;
  return age * 1_000 + Math.max(0, responseTime - requestTime);
}

// http-cache-semantics reads fields as they are usually written. It is given what they mean.

function policyOf(requestHeaders: HeaderList, answer: Head, rules: SourceRules, shared: boolean): CachePolicy {
  const { responseTime } = answer;
  const Policy = class extends CachePolicy {
    now(): number {
      return responseTime;
    }
  };
  // A status that nobody has heard of may be kept if its source says for how long (RFC 9111, section 3).
  const status = isExplicitlyFresh(answer, rules) || rules.directives.has("public") ? 200 : answer.status;
  const authorization = valueOf(requestHeaders, "authorization");
  return new Policy(
    { method: "GET", url: answer.url, headers: authorization === undefined ? {} : { authorization } },
    { status, headers: plainHeaders(answer, rules, shared) },
    { shared, cacheHeuristic: 0.1, immutableMinTimeToLive: A_DAY },
  );
}

function plainHeaders({ headers, responseTime }: Head, rules: SourceRules, shared: boolean): Record<string, string> {
  const date = parseHttpDate(valueOf(headers, "date"), responseTime) ?? responseTime;
  const expires = valueOf(headers, "expires");
  const lastModified = parseHttpDate(valueOf(headers, "last-modified"), responseTime);
  return {
    "cache-control": plainDirectives(rules, shared),
    date: httpDate(date),
    ...(expires !== undefined && { expires: expiresAsDate(expires, responseTime) }),
    ...(lastModified !== undefined && { "last-modified": httpDate(lastModified) }),
    ...(namedIn(headers, "vary").includes("*") && { vary: "*" }),
  };
}

/** What is no date is long past. */
function expiresAsDate(field: string, now: number): string {
  const expires = parseHttpDate(field, now);
  return expires === undefined ? "0" : httpDate(expires);
}

function httpDate(time: number): string {
  return new Date(time).toUTCString();
}

function plainDirectives({ maxAge, mustRevalidate, directives }: SourceRules, shared: boolean): string {
  const sMaxAge = shared ? seconds(directives, "s-maxage") : undefined;
  return [
    ...(maxAge === undefined ? [] : [`max-age=${maxAge}`]),
    ...(sMaxAge === undefined ? [] : [`s-maxage=${sMaxAge}`]),
    ...(mustRevalidate ? ["must-revalidate"] : []),
    ...["public", "immutable"].filter((name) => directives.has(name)),
  ].join(", ");
}
