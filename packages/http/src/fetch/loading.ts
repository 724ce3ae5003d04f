import type { LoadContext, Loader, Result } from "@lastgood/core";
import type { Dispatcher } from "undici";
import { conditionsOf } from "../loader/known.ts";
import { type Freshness, freshnessOf } from "../rules/freshness.ts";
import { retryAfter } from "../rules/retry-after.ts";
import { errorOf, verdictOf } from "../rules/verdict.ts";
import { dismiss, open, type Opened, readBegun, readWhole } from "../wire/exchange.ts";
import { type HeaderList, valueOf } from "../wire/headers.ts";
import { isKept, isSelectedBy, keep, type Kept, renewed, standsInUntil, varyOf } from "./kept.ts";
import type { Asked } from "./keys.ts";
import { Live } from "./live.ts";
import type { Settings } from "./settings.ts";

const NOT_MODIFIED = 304;

/** What a request has to say about its load. */
export interface Wanted extends Asked {
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal | undefined;
}

/** What one load has seen, for the caller whose loader it was. */
export interface Seen {
  /** Whether this caller's loader ran. */
  ran: boolean;
  /** Whether something was known that could have answered. */
  hadLast: boolean;
  /** The status of the source, where it answered. */
  status: number | undefined;
  /** For the caller alone. */
  cookies: readonly string[];
}

export interface Loading {
  readonly wanted: Wanted;
  readonly settings: Settings;
  /** Whether the source may say that the last good answer is still right. */
  readonly mayAsk: boolean;
  readonly seen: Seen;
  /** Where an answer belongs that depends on more headers than the key has: it is kept there, and not here. `undefined`: here. */
  readonly elsewhere: (vary: readonly string[], kept: Kept) => Promise<"here" | "elsewhere" | "nowhere">;
  /** What the source has failed with already, if it has: it is not asked again. */
  readonly failure: unknown;
}

/** A loader of one answer, redirects not followed. */
export function answerLoader(loading: Loading): Loader<Kept | Live> {
  return (context) => load(loading, context);
}

async function load(loading: Loading, context: LoadContext): Promise<Kept | Live> {
  const { wanted, settings, seen } = loading;
  seen.ran = true;
  const last = await lastKept(context, wanted);
  seen.hadLast = last !== undefined;
  if (last !== undefined && settings.obey) context.setMaxStale(Math.max(0, standsInUntil(last.value) - last.loadedAt));
  if (loading.failure !== undefined) throw loading.failure;
  const conditions = loading.mayAsk && last !== undefined ? conditionsOf(last.value.headers) : undefined;
  const headers = [...wanted.headers, ...(conditions ?? [])];
  const wire = { dispatcher: wanted.dispatcher, maxBytes: settings.maxBytes, now: settings.now };
  const opened = await open({ method: wanted.method, url: wanted.url, headers }, wire, context.signal);
  seen.status = opened.status;
  seen.cookies = opened.headers.filter(([name]) => name === "set-cookie").map(([, value]) => value);
  if (opened.status === NOT_MODIFIED && conditions !== undefined && last !== undefined) return renew(loading, context, last.value, opened);
  return await take(loading, context, opened);
}

/** The last good answer, if it is one to such a request. */
async function lastKept(context: LoadContext, { headers }: Wanted): Promise<Result<Kept> | undefined> {
  const last = await context.lastGood();
  return last !== undefined && isKept(last.value) && isSelectedBy(last.value, headers) ? { ...last, value: last.value } : undefined;
}

function renew({ wanted, settings }: Loading, context: LoadContext, last: Kept, opened: Opened): Kept {
  dismiss(opened);
  const { kept, freshness } = renewed(last, opened, wanted.headers, settings);
  if (!freshness.isKept) context.noStore();
  context.setTtl(kept.usableFor);
  return kept;
}

async function take(loading: Loading, context: LoadContext, opened: Opened): Promise<Kept | Live> {
  const { wanted, settings } = loading;
  const verdict = opened.status >= 300 && opened.status < 400 && opened.status !== NOT_MODIFIED ? "good" : verdictOf(opened.status, settings.fallbackOn);
  if (verdict !== "good") return await refuse(loading, context, opened, verdict);
  const freshness = freshnessOf(wanted.headers, opened, settings);
  if (!isKeepable(opened, freshness, settings.maxBytes)) return passOn(context, new Live(opened));
  const body = await readBegun(opened, settings.maxBytes, context.signal);
  if (body.isWhole) return await place(loading, context, keep(body.answer, wanted.headers, freshness));
  return passOn(context, new Live(opened, body.begun));
}

/** What is not kept is not waited for. */
function passOn(context: LoadContext, live: Live): Live {
  context.noStore();
  return live;
}

async function refuse({ settings, wanted }: Loading, context: LoadContext, opened: Opened, verdict: "gone" | "refused" | "broken"): Promise<never> {
  const wait = retryAfter(opened.headers, settings.now());
  if (wait !== undefined) context.setTtl(wait);
  throw errorOf(verdict, wanted.method, await readWhole(opened, settings.maxBytes, context.signal));
}

function isKeepable({ headers }: Opened, freshness: Freshness, maxBytes: number): boolean {
  if (!freshness.isKept || varyOf(headers).includes("*")) return false;
  return !isEndless(headers) && !(Number(valueOf(headers, "content-length")) > maxBytes);
}

/** A stream of events, or of pictures, has no end to wait for. */
function isEndless(headers: HeaderList): boolean {
  return /^\s*(?:text\/event-stream|multipart\/x-mixed-replace)\b/i.test(valueOf(headers, "content-type") ?? "");
}

async function place({ elsewhere }: Loading, context: LoadContext, kept: Kept): Promise<Kept> {
  const where = await elsewhere(kept.selectedBy.map(([name]) => name), kept);
  if (where !== "here") context.noStore();
  context.setTtl(kept.usableFor);
  return kept;
}
