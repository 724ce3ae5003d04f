import { isBytes } from "@lastgood/core/adapter";
import { type Freshness, freshnessOf, type Judgement } from "../rules/freshness.ts";
import { type Answer } from "../wire/answer.ts";
import { freshened, type HeaderList, keepable, namedIn, selecting } from "../wire/headers.ts";

/** An answer as it is kept: plain data, which any codec carries. Times are epoch milliseconds, spans are milliseconds. */
export interface Kept extends Answer {
  readonly version: 1;
  /** The values that the request had for the headers that Vary names. */
  readonly selectedBy: readonly (readonly [name: string, value: string | null])[];
  readonly initialAge: number;
  readonly freshFor: number;
  readonly usableFor: number;
  /** `null`: without an end. JSON has no Infinity. */
  readonly standsInFor: number | null;
  readonly disobeyed: readonly string[];
}

/** Whether a value is one that was kept here: a key may have been used for something else. */
export function isKept(value: unknown): value is Kept {
  return typeof value === "object" && value !== null && "version" in value && value.version === 1 && "body" in value && isBytes(value.body);
}

export function keep(answer: Answer, requestHeaders: HeaderList, freshness: Freshness): Kept {
  const { initialAge, freshFor, usableFor, standsInFor, disobeyed } = freshness;
  return {
    version: 1,
    ...answer,
    headers: keepable(answer.headers),
    selectedBy: varyOf(answer.headers).map((name) => [name, selecting(requestHeaders, name)]),
    initialAge,
    freshFor,
    usableFor,
    standsInFor: standsInFor === Infinity ? null : standsInFor,
    disobeyed,
  };
}

/** A kept answer after a 304, whose fields take the place of its own. */
export function renewed(kept: Kept, update: Omit<Answer, "body">, requestHeaders: HeaderList, judgement: Judgement): { readonly kept: Kept; readonly freshness: Freshness } {
  const { requestTime, responseTime } = update;
  const answer = { ...kept, headers: freshened(kept.headers, update.headers), requestTime, responseTime };
  const freshness = freshnessOf(requestHeaders, answer, judgement);
  return { kept: keep(answer, requestHeaders, freshness), freshness };
}

export function varyOf(headers: HeaderList): string[] {
  return [...new Set(namedIn(headers, "vary"))].toSorted();
}

/** Whether a request with these headers would have been answered so. */
export function isSelectedBy({ selectedBy }: Kept, requestHeaders: HeaderList): boolean {
  return selectedBy.every(([name, value]) => selecting(requestHeaders, name) === value);
}

/** Milliseconds for which it is still fresh; less than 0 if it is not. */
export function freshLeft({ responseTime, freshFor }: Kept, now: number): number {
  return responseTime + freshFor - now;
}

/** How old the answer is, in milliseconds, from when its source made it. */
export function ageOf({ initialAge, responseTime }: Kept, now: number): number {
  return initialAge + Math.max(0, now - responseTime);
}

/** Until when it may stand in. */
export function standsInUntil({ responseTime, standsInFor }: Kept): number {
  return standsInFor === null ? Infinity : responseTime + standsInFor;
}
