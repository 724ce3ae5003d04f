import type { LoadContext, Loader, NotModified, Result } from "@lastgood/core";
import { combined, type Freshness, freshnessOf } from "../rules/freshness.ts";
import { headersFor, redirectTarget } from "../rules/redirects.ts";
import { retryAfter } from "../rules/retry-after.ts";
import { errorOf, verdictOf } from "../rules/verdict.ts";
import type { Answer } from "../wire/answer.ts";
import { describeFailure, HttpError, shownUrl } from "../wire/http-error.ts";
import { dismiss, headOf, open, type Opened, readWhole } from "../wire/exchange.ts";
import { freshened, type HeaderList } from "../wire/headers.ts";
import { checkedLoader, type LoaderSettings } from "./checked-options.ts";
import { conditionsFor, type Known, metadataOf, readKnown } from "./known.ts";
import type { HttpLoaderOptions } from "./options.ts";
import { valueOf, whyInvalid } from "./value.ts";

const NOT_MODIFIED = 304;

type Head = Omit<Answer, "body">;

/** An answer that may still be read, the headers that asked for it, and what the redirects on the way to it have said. */
interface Reached {
  readonly opened: Opened;
  readonly headers: HeaderList;
  /** Whether it was asked if the last good answer is still right. */
  readonly isConditional: boolean;
  readonly onTheWay: readonly Freshness[];
}

/**
 * A loader that gets a URL. A damaged or incomplete body is a load that failed; so are 5xx, 429, 408 and sources that cannot be reached, whose
 * `Retry-After` says when the loader is called again. 410 is a `GoneError`, and all other statuses from 400 to 499 are a `DeniedError`.
 * The source is asked whether the last good answer is still right, and what it says about keeping answers is obeyed: see `HttpLoaderOptions`.
 *
 * Throws `TypeError` or `RangeError` at once for an argument that is wrong.
 *
 * @example
 * const loadRates = httpLoader("https://rates.example/latest.json", { parse: (response) => response.json() });
 * const rates = await datastore.get("rates", loadRates, "5m");
 */
export function httpLoader(url: string | URL, options?: HttpLoaderOptions<Uint8Array> & { readonly parse?: undefined }): Loader<Uint8Array>;
export function httpLoader<T>(url: string | URL, options: HttpLoaderOptions<T> & { readonly parse: NonNullable<HttpLoaderOptions<T>["parse"]> }): Loader<T>;
export function httpLoader<T>(url: string | URL, options?: HttpLoaderOptions<T>): Loader<T> {
  const settings = checkedLoader(url, options);
  return (context) => load(settings, context);
}

async function load<T>(settings: LoaderSettings<T>, context: LoadContext): Promise<T | NotModified> {
  const headers = await settings.headers();
  const last = await context.lastGood<T>();
  const known = last && readKnown(last);
  if (last !== undefined && known !== undefined) limitStandIn(settings, context, last, known);
  const canAsk = last !== undefined && known !== undefined && (await isStillValid(last.value, settings));
  const reached = await reach(settings, headers, canAsk ? known : undefined, context.signal);
  if (reached.opened.status === NOT_MODIFIED && reached.isConditional && known !== undefined) return renew(settings, context, reached, known);
  return await take(settings, context, reached);
}

/** A source may say for how long its answers stand in. */
function limitStandIn<T>({ obey }: LoaderSettings<T>, context: LoadContext, last: Result<T>, known: Known): void {
  if (obey && known.standsInUntil !== Infinity) context.setMaxStale(Math.max(0, known.standsInUntil - last.loadedAt));
}

/** A value that would be refused today is not asked about. */
async function isStillValid<T>(value: T, { validate }: LoaderSettings<T>): Promise<boolean> {
  try {
    return (await whyInvalid(value, validate)) === undefined;
  } catch {
    return false;
  }
}

/** Follows redirects to an answer. Each URL is asked about the last good answer only if that came from it. */
async function reach<T>(settings: LoaderSettings<T>, firstHeaders: HeaderList, known: Known | undefined, signal: AbortSignal): Promise<Reached> {
  const { method, follow, now, maxBytes } = settings;
  const wire = { dispatcher: settings.dispatcher(), maxBytes, now };
  const onTheWay: Freshness[] = [];
  let { url } = settings;
  let headers = firstHeaders;
  for (let left = follow; ; left--) {
    const conditions = known && conditionsFor(known, url, headers);
    const opened = await open({ method, url, headers: [...headers, ...(conditions ?? [])] }, wire, signal);
    const next = nextOf(opened, url, method);
    if (next === undefined) return { opened, headers, isConditional: conditions !== undefined, onTheWay };
    onTheWay.push(freshnessOf(headers, opened, { ...settings, ttl: undefined }));
    dismiss(opened);
    if (left === 0) throw failure(settings, `it redirects more than ${follow} times`);
    headers = headersFor(next, url, headers);
    url = next;
  }
}

function nextOf(opened: Opened, url: URL, method: string): URL | undefined {
  try {
    return redirectTarget(opened.status, opened.headers, url);
  } catch (error) {
    dismiss(opened);
    throw new HttpError(shownUrl(url), `${method} ${shownUrl(url)} failed: ${describeFailure(error)}`);
  }
}

function failure<T>({ url, method }: LoaderSettings<T>, why: string): HttpError {
  return new HttpError(shownUrl(url), `${method} ${shownUrl(url)} failed: ${why}`);
}

/** The last good answer is still right. What the 304 says takes the place of what was known. */
function renew<T>(settings: LoaderSettings<T>, context: LoadContext, { opened, headers, onTheWay }: Reached, known: Known): NotModified {
  dismiss(opened);
  const head = { ...headOf(opened), status: 200, headers: freshened(known.headers, opened.headers) };
  apply(context, judged(settings, context, headers, head, onTheWay), head, headers);
  return context.notModified();
}

async function take<T>(settings: LoaderSettings<T>, context: LoadContext, { opened, headers, onTheWay }: Reached): Promise<T> {
  const { method, maxBytes, fallbackOn, answerOn, now } = settings;
  const verdict = verdictOf(opened.status, fallbackOn, answerOn);
  if (verdict !== "good") {
    dismiss(opened);
    const wait = retryAfter(opened.headers, now());
    if (wait !== undefined) context.setTtl(wait);
    throw errorOf(verdict, method, { ...headOf(opened), body: new Uint8Array() });
  }
  const answer = await readWhole(opened, maxBytes, context.signal);
  const value = await valueOf(answer, settings);
  apply(context, judged(settings, context, headers, answer, onTheWay), answer, headers);
  return value;
}

function judged<T>(settings: LoaderSettings<T>, { ttl }: LoadContext, headers: HeaderList, head: Head, onTheWay: readonly Freshness[]): Freshness {
  return onTheWay.reduceRight((target, redirect) => combined(redirect, target), freshnessOf(headers, head, { ...settings, ttl }));
}

/** Tells core what the source has said. */
function apply(context: LoadContext, freshness: Freshness, head: Head, headers: HeaderList): void {
  if (!freshness.isKept) context.noStore();
  if (freshness.isExplicit) context.setTtl(freshness.freshFor);
  context.setMeta(metadataOf(head, headers, freshness));
}
