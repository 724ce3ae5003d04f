import { isDeniedError, isGoneError, type Result } from "@lastgood/core";
import { callerRules, type CallerRules, NO_WISHES } from "../rules/cache-control.ts";
import { freshnessOf } from "../rules/freshness.ts";
import { verdictOf } from "../rules/verdict.ts";
import { dismiss, open } from "../wire/exchange.ts";
import { namedIn, without } from "../wire/headers.ts";
import { answerOf } from "../wire/http-error.ts";
import { ageOf, freshLeft, isKept, isSelectedBy, type Kept } from "./kept.ts";
import { keyOf } from "./keys.ts";
import { Live } from "./live.ts";
import { answerLoader, type Seen, type Wanted } from "./loading.ts";
import type { Forwarded, Outcome } from "./outcome.ts";
import { Refusals } from "./refusals.ts";
import type { Settings } from "./settings.ts";
import type { Store } from "./store.ts";
import { Variants } from "./variants.ts";

/** How a caller wants kept answers to be used: the `cache` of a fetch. */
export type CacheMode = (typeof CACHE_MODES)[number];

const CACHE_MODES = ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"] as const;

export function isCacheMode(mode: unknown): mode is CacheMode {
  return CACHE_MODES.some((known) => known === mode);
}

export interface Request extends Wanted {
  readonly mode: CacheMode;
}

/** A caller who takes a kept answer or none, where there is none. */
class NotCached extends Error {
  override readonly name: string = "NotCached";
}

/** What asks for a part of a body, and conditions on what is to be changed: for the source to judge. */
const OF_A_PART = new Set(["range", "if-range"]);
const OF_A_CHANGE = new Set(["if-match", "if-unmodified-since"]);

// As often as answers of a URL come to depend on more headers while a caller waits.
const MOST_TRIES = 3;

/** Answers requests from what is kept, and keeps what comes. One request at a time, redirects not followed. */
export class Memory {
  readonly settings: Settings;
  readonly #store: Store;
  readonly #variants: Variants;
  readonly #refusals = new Refusals();

  constructor(datastore: Store, settings: Settings) {
    this.settings = settings;
    this.#store = datastore.namespace("http");
    this.#variants = new Variants(this.#store, settings.now);
  }

  /** Rejects with what the load rejected with, where the source has not answered at all. */
  async answer(request: Request): Promise<Outcome> {
    const { headers, mode } = request;
    const wishes = headers.length === 0 ? NO_WISHES : callerRules(headers);
    if (mode === "no-store" || wishes.noStore || headers.some(([name]) => OF_A_CHANGE.has(name))) return this.#passThrough(request, "bypass");
    if (headers.some(([name]) => OF_A_PART.has(name))) return await this.#passPart(request);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const outcome = await this.#answerFrom(request, wishes);
      if (outcome !== undefined) return outcome;
    }
    return this.#passThrough(request, "vary-miss");
  }

  /** What these URLs have answered so far is not fresh any more (RFC 9111, section 4.4). Backups stay. Never rejects. */
  async invalidate(urls: readonly string[]): Promise<void> {
    await Promise.all(urls.map((url) => this.#invalidate(url)));
  }

  async #invalidate(url: string): Promise<void> {
    const keys = await this.#variants.invalidate(url, [`GET ${url}`, `HEAD ${url}`]);
    for (const key of keys) this.#refusals.delete(key);
    await Promise.allSettled(keys.map((key) => this.#store.expire(key))); // a cache that fails has been reported
  }

  /** `undefined`: the answer was one to another request, and what selects it is known by now. */
  async #answerFrom(request: Request, wishes: CallerRules): Promise<Outcome | undefined> {
    const { href } = request.url;
    const { vary, invalidatedAt } = this.#variants.known(href) ?? (await this.#variants.find(href));
    const key = keyOf(request, vary, this.settings);
    this.#variants.note(href, key);
    const now = this.settings.now();
    const refusal = this.#refusals.get(key, now);
    if (refusal !== undefined && isPlain(request, wishes)) {
      const { answer, initialAge, freshUntil } = refusal;
      return { kind: "plain", answer, age: initialAge + now - answer.responseTime, cookies: [], handling: { freshLeft: freshUntil - now } };
    }
    const stale = takesStale(request, wishes) ? await this.#staleAsWished(request, wishes, key) : undefined;
    if (stale !== undefined) return stale;
    const attempt = new Attempt(request, wishes, key, vary, invalidatedAt, this.settings, this.#store);
    return await this.#finish(attempt, vary);
  }

  async #finish(attempt: Attempt, vary: readonly string[]): Promise<Outcome | undefined> {
    const { request, key } = attempt;
    try {
      const outcome = await attempt.run((names, kept) => this.#elsewhere(request, vary, names, kept));
      if (outcome !== undefined && this.#refusals.get(key, 0) !== undefined) this.#refusals.delete(key);
      return outcome ?? (attempt.isForOthers ? this.#passThrough(request, attempt.forwarded) : undefined);
    } catch (error) {
      if (error instanceof NotCached) return notCached(request, this.settings.now());
      const other = request.method === "HEAD" ? await this.#standIn(request, vary, error) : undefined;
      if (other !== undefined) return other;
      const answer = answerOf(error);
      if (answer === undefined) throw error;
      this.#rememberRefusal(request, key, answer);
      const { ran, cookies } = attempt.seen;
      return { kind: "plain", answer, age: undefined, cookies: ran ? cookies : [], handling: { forwarded: attempt.forwarded, collapsed: !ran } };
    }
  }

  /** Where a kept answer belongs whose headers depend on these. */
  async #elsewhere(request: Request, vary: readonly string[], names: readonly string[], kept: Kept): Promise<"here" | "elsewhere" | "nowhere"> {
    if (names.every((name) => vary.includes(name))) return "here";
    const all = await this.#variants.learn(request.url.href, names);
    if (all === undefined) return "nowhere";
    const key = keyOf(request, all, this.settings);
    this.#variants.note(request.url.href, key);
    await this.#store.set(key, kept, kept.usableFor).catch(() => undefined); // a store that fails has been reported
    return "elsewhere";
  }

  /** A caller who takes stale answers gets them without a question, unless the source forbids that. */
  async #staleAsWished(request: Request, { maxStale }: CallerRules, key: string): Promise<Outcome | undefined> {
    const { headers } = request;
    const result = await this.#store.peekBackup(key).catch(() => undefined);
    if (result === undefined || !isKept(result.value) || !isSelectedBy(result.value, headers)) return undefined;
    const kept = result.value;
    const now = this.settings.now();
    const left = freshLeft(kept, now);
    const isBound = this.settings.obey && kept.standsInFor !== null && now > kept.responseTime + kept.standsInFor;
    if (!takesAny(request) && (left <= -(maxStale ?? 0) * 1_000 || isBound)) return undefined;
    return { kind: "kept", answer: kept, age: ageOf(kept, now), cookies: [], handling: { freshLeft: left } };
  }

  #rememberRefusal({ headers }: Request, key: string, answer: NonNullable<ReturnType<typeof answerOf>>): void {
    if (answer.status < 400 || answer.status >= 500 || namedIn(answer.headers, "vary").length > 0) return;
    if (this.settings.fallbackOn.includes(answer.status) || answer.status === 408 || answer.status === 429) return;
    const { isKept: mayKeep, freshFor, initialAge } = freshnessOf(headers, answer, this.settings);
    if (mayKeep && freshFor > 0) this.#refusals.set(key, { answer, initialAge, freshUntil: answer.responseTime + freshFor });
  }

  /**
   * The last good answer to a GET of the URL, for a request of another kind that the source has failed: for HEAD its headers, and whole where
   * only a part was asked for. `undefined`: there is none, or the source has not failed but said no.
   */
  async #standIn(request: Request, vary: readonly string[], error: unknown): Promise<Outcome | undefined> {
    if (isGoneError(error) || isDeniedError(error) || request.signal?.aborted) return undefined;
    const asGet: Request = { ...request, method: "GET", mode: "default", headers: without(request.headers, OF_A_PART) };
    const attempt = new Attempt(asGet, NO_WISHES, keyOf(asGet, vary, this.settings), vary, 0, this.settings, this.#store, error);
    return await attempt.run(async () => "nowhere").catch(() => undefined);
  }

  /** A source that is broken has its last good answer stand in for the part that was asked for. */
  async #passPart(request: Request): Promise<Outcome> {
    const { vary } = this.#variants.known(request.url.href) ?? (await this.#variants.find(request.url.href));
    try {
      const outcome = await this.#passThrough(request, "bypass");
      if (outcome.kind !== "live" || !isBroken(outcome.live.opened.status, this.settings)) return outcome;
      const other = await this.#standIn(request, vary, new Error("the source is broken"));
      if (other === undefined) return outcome;
      dismiss(outcome.live.opened);
      return other;
    } catch (error) {
      const other = await this.#standIn(request, vary, error);
      if (other === undefined) throw error;
      return other;
    }
  }

  /** Nothing is looked up, and nothing kept. */
  async #passThrough(request: Request, forwarded: Forwarded): Promise<Outcome> {
    const { dispatcher, signal } = request;
    const { now, maxBytes } = this.settings;
    const opened = await open(request, { dispatcher, now, maxBytes }, signal);
    const live = new Live(opened);
    live.take();
    return { kind: "live", live, handling: { forwarded } };
  }
}

function takesStale(request: Request, { maxStale }: CallerRules): boolean {
  return maxStale !== undefined || takesAny(request);
}

function takesAny({ mode }: Request): boolean {
  return mode === "force-cache" || mode === "only-if-cached";
}

function isBroken(status: number, { fallbackOn }: Settings): boolean {
  return status >= 400 && verdictOf(status, fallbackOn) === "broken";
}

function never(): false {
  return false;
}

function isPlain({ mode }: Request, { noCache, maxAge, minFresh }: CallerRules): boolean {
  return mode === "default" && !noCache && maxAge === undefined && minFresh === undefined;
}

/** What a cache says to a caller who wants none but a kept answer (RFC 9111, section 5.2.1.7). */
function notCached({ url }: Request, now: number): Outcome {
  const answer = { status: 504, statusText: "Gateway Timeout", headers: [], body: new Uint8Array(), url: url.href, requestTime: now, responseTime: now };
  return { kind: "plain", answer, age: undefined, cookies: [], handling: { details: ["only-if-cached"] } };
}

type Place = (names: readonly string[], kept: Kept) => Promise<"here" | "elsewhere" | "nowhere">;

/** One request under one key. */
class Attempt {
  readonly request: Request;
  readonly key: string;
  readonly seen: Seen = { ran: false, hadLast: false, status: undefined, cookies: [] };
  /** Whether the answer flowed to another caller. */
  isForOthers = false;
  readonly #wishes: CallerRules;
  readonly #invalidatedAt: number;
  readonly #hasVariants: boolean;
  readonly #settings: Settings;
  readonly #store: Store;
  readonly #failure: unknown;
  #isForced = false;

  /** `failure`: what the source has failed with already, and is not asked again. */
  constructor(request: Request, wishes: CallerRules, key: string, vary: readonly string[], invalidatedAt: number, settings: Settings, store: Store, failure?: unknown) {
    this.request = request;
    this.key = key;
    this.#wishes = wishes;
    this.#hasVariants = vary.length > 0;
    this.#invalidatedAt = invalidatedAt;
    this.#settings = settings;
    this.#store = store;
    this.#failure = failure;
  }

  /** Why the source was asked. */
  get forwarded(): Forwarded {
    if (this.#isForced) return "request";
    if (!this.seen.ran) return "miss";
    if (this.seen.hadLast) return "stale";
    return this.#hasVariants ? "vary-miss" : "uri-miss";
  }

  /** `undefined`: the answer is for a request with other headers, or flows to another caller. */
  async run(place: Place): Promise<Outcome | undefined> {
    const { mode } = this.request;
    if (mode === "reload" || mode === "no-cache" || this.#wishes.noCache) await this.#force();
    let result = await this.#get(place);
    if (!this.#isForced && this.#isNotGoodEnough(result)) {
      await this.#force();
      result = await this.#get(place);
    }
    return this.#outcomeOf(result, place);
  }

  /** The next get loads. A cache that cannot forget has been reported. */
  async #force(): Promise<void> {
    this.#isForced = true;
    await this.#store.expire(this.key).catch(() => undefined);
  }

  #get(place: Place, refreshAhead?: number): Promise<Result<Kept | Live>> {
    const { request } = this;
    const { signal, mode } = request;
    const load = answerLoader({ wanted: request, settings: this.#settings, mayAsk: mode !== "reload", seen: this.seen, elsewhere: place, failure: this.#failure });
    const isOnlyCached = mode === "only-if-cached" || this.#wishes.onlyIfCached;
    const notAsked = (): never => {
      throw new NotCached();
    };
    return this.#store.getResult<Kept | Live>(this.key, isOnlyCached ? notAsked : load, {
      ...this.#settings.get,
      signal,
      shouldFallback: isOnlyCached ? never : undefined,
      refreshAhead,
    });
  }

  /** Whether a cached copy is one that this caller does not want. */
  #isNotGoodEnough({ value, source, stale }: Result<Kept | Live>): boolean {
    if (source !== "cache" || !isKept(value) || !isSelectedBy(value, this.request.headers)) return false;
    const { maxAge, minFresh } = this.#wishes;
    const now = this.#settings.now();
    if (value.requestTime < this.#invalidatedAt) return true;
    if (stale) return false; // its source is broken, and was asked a moment ago
    if (maxAge !== undefined && ageOf(value, now) > maxAge * 1_000) return true;
    return minFresh !== undefined && freshLeft(value, now) < minFresh * 1_000;
  }

  #outcomeOf({ value, source, stale }: Result<Kept | Live>, place: Place): Outcome | undefined {
    if (value instanceof Live) return this.#live(value);
    if (!isKept(value) || !isSelectedBy(value, this.request.headers)) return undefined;
    const now = this.#settings.now();
    const left = freshLeft(value, now);
    if (source === "cache" && !stale && left <= 0) this.#refresh(place);
    const isLoaded = source === "loader";
    const { ran, status, cookies } = this.seen;
    return {
      kind: "kept",
      answer: value,
      age: isLoaded && status !== 304 ? undefined : ageOf(value, now),
      cookies: isLoaded && ran ? cookies : [],
      handling: {
        forwarded: isLoaded ? this.forwarded : undefined,
        forwardedStatus: isLoaded && status === 304 ? status : undefined,
        stored: isLoaded ? true : undefined,
        collapsed: isLoaded && !ran,
        freshLeft: left,
        details: [...(stale ? ["backup"] : []), ...(value.disobeyed.length === 0 ? [] : [`ignored ${value.disobeyed.join(", ")}`])],
      },
    };
  }

  #live(live: Live): Outcome | undefined {
    if (!live.take()) {
      this.isForOthers = true;
      return undefined;
    }
    return { kind: "live", live, handling: { forwarded: this.forwarded } };
  }

  /** While it is stale and may still answer (stale-while-revalidate), the source is asked in the background, once. */
  #refresh(place: Place): void {
    this.#get(place, 0).catch(() => undefined);
  }
}
