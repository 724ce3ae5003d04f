import type { Datastore, Namespace } from "@lastgood/core";
import { headersFor, redirectTarget } from "../rules/redirects.ts";
import { dismiss, headOf } from "../wire/exchange.ts";
import { type HeaderList, valueOf, without } from "../wire/headers.ts";
import { asUrl } from "../wire/as-url.ts";
import { describeFailure } from "../wire/http-error.ts";
import { statusOf } from "./cache-status.ts";
import { changedBy, isUnsafe } from "./changes.ts";
import { callerHas, notModified, unconditional } from "./conditions.ts";
import { headersOf } from "./headers-of.ts";
import { type CacheMode, isCacheMode, Memory } from "./memory.ts";
import type { LastGoodFetchOptions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { responseOf, streamingResponse } from "./response.ts";
import { checkedSettings } from "./settings.ts";

// As many as fetch follows.
const MOST_REDIRECTS = 20;

/** What a fetch is asked for, where it may be answered from what is kept. */
interface Call {
  readonly method: "GET" | "HEAD";
  readonly url: URL;
  readonly headers: HeaderList;
  readonly mode: CacheMode;
  readonly redirect: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * The `fetch` of the platform, with a memory: answers are kept as HTTP allows (RFC 9111), and the last good one stands in for a source that is
 * broken. `Cache-Status` and `Age` say where an answer comes from.
 *
 * GET and HEAD are answered so. All other methods go to the platform's own fetch, and what they change is not fresh any more. Like
 * `fetch`, it rejects with `TypeError` where there is no answer at all, whose `cause` says why, and with the reason of a `signal` that is aborted;
 * a status such as 503 is an answer, where nothing stands in.
 *
 * Throws `TypeError` or `RangeError` at once for an option that is wrong.
 *
 * @example
 * const fetch = lastGoodFetch(datastore);
 * const response = await fetch("https://rates.example/latest.json");
 * console.log(response.headers.get("cache-status")); // lastgood; hit; ttl=-7260; detail=backup
 */
export function lastGoodFetch(datastore: Datastore | Namespace, options?: LastGoodFetchOptions): typeof fetch {
  const memory = new Memory(datastore, checkedSettings("lastGoodFetch", datastore, options));
  const platform = globalThis.fetch; // now: a program may put the fetch that it gets here in its place
  return async (input, init) => {
    const call = asCall(input, init);
    return call === undefined ? await passOn(memory, platform, input, init) : await follow(memory, call);
  };
}

type Input = Parameters<typeof fetch>[0];
type Init = Parameters<typeof fetch>[1];

/** `undefined`: it is for the platform. */
function asCall(input: Input, init: Init): Call | undefined {
  const request = typeof input === "object" && "headers" in input ? input : undefined;
  const method = (init?.method ?? request?.method ?? "GET").toUpperCase();
  if (method !== "GET" && method !== "HEAD") return undefined;
  if ((init?.body ?? undefined) !== undefined || (init?.integrity ?? request?.integrity ?? "") !== "") return undefined;
  const text = request?.url ?? String(input);
  const url = asUrl(text);
  // The platform says what is wrong with a URL, and knows of data: and blob:.
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") return undefined;
  const mode: unknown = Reflect.get(init ?? {}, "cache") ?? request?.cache ?? "default";
  if (!isCacheMode(mode)) return undefined;
  url.hash = "";
  const headers = init?.headers ?? request?.headers;
  return {
    method,
    url,
    headers: headers === undefined ? [] : [...new Headers(headers)],
    mode,
    redirect: init?.redirect ?? request?.redirect ?? "follow",
    signal: init?.signal ?? request?.signal,
  };
}

async function follow(memory: Memory, call: Call): Promise<Response> {
  const { redirect, signal } = call;
  signal?.throwIfAborted();
  let { url } = call;
  let headers: HeaderList = [...unconditional(call.headers), ...wishOf(call)];
  for (let left = MOST_REDIRECTS; ; left--) {
    const outcome = await answerOf(memory, { ...call, url, headers });
    const head = outcome.kind === "live" ? outcome.live.opened : outcome.answer;
    const next = redirect === "manual" ? undefined : targetOf(head.status, head.headers, url);
    if (next === undefined) return respond(outcome, call, url !== call.url);
    if (outcome.kind === "live") dismiss(outcome.live.opened);
    if (redirect === "error") throw failed(new Error("it redirects, and redirect is \"error\""));
    if (left === 0) throw failed(new Error(`it redirects more than ${MOST_REDIRECTS} times`));
    headers = headersFor(next, url, headers);
    url = next;
  }
}

/** As fetch says it to the caches on the way. Not on requests that only have conditions: Express would not answer 304. */
function wishOf({ mode, headers }: Call): HeaderList {
  if (valueOf(headers, "cache-control") !== undefined) return [];
  if (mode === "no-cache") return [["cache-control", "max-age=0"]];
  return mode === "reload" ? [["cache-control", "no-cache"]] : [];
}

function targetOf(status: number, headers: HeaderList, from: URL): URL | undefined {
  try {
    return redirectTarget(status, headers, from);
  } catch (error) {
    throw failed(error);
  }
}

async function answerOf(memory: Memory, { method, url, headers, mode, signal }: Call): Promise<Outcome> {
  try {
    return await memory.answer({ method, url, headers, mode, signal, dispatcher: memory.settings.dispatcher() });
  } catch (error) {
    signal?.throwIfAborted();
    throw failed(error);
  }
}

/** As fetch fails. */
function failed(cause: unknown): TypeError {
  return new TypeError(`fetch failed: ${describeFailure(cause)}`, { cause });
}

function respond(outcome: Outcome, call: Call, isRedirected: boolean): Response {
  if (outcome.kind === "live") {
    const { live, handling } = outcome;
    const head = { ...headOf(live.opened), headers: [...live.opened.headers, ["cache-status", statusOf(handling)] as const] };
    if (call.method === "HEAD") dismiss(live.opened);
    return streamingResponse(head, call.method === "HEAD" ? null : live.body(call.signal), isRedirected);
  }
  const { answer } = outcome;
  const headers = headersOf(outcome);
  if (callerHas(call.headers, answer)) return responseOf(notModified(answer, headers), undefined, isRedirected);
  const isBodiless = call.method === "HEAD";
  return isBodiless ? streamingResponse({ ...answer, headers }, null, isRedirected) : responseOf(answer, headers, isRedirected);
}

/** Other methods change things: what has been kept of what they change is not fresh any more (RFC 9111, section 4.4). */
async function passOn(memory: Memory, platform: typeof fetch, input: Input, init: Init): Promise<Response> {
  const { hasDispatcher, dispatcher } = memory.settings;
  // Its fetch takes the dispatchers of other releases of undici, whose types are others.
  const response = await platform(input, hasDispatcher ? ({ ...init, dispatcher: dispatcher() } as RequestInit & object) : init);
  const request = typeof input === "object" && "headers" in input ? input : undefined;
  const method = (init?.method ?? request?.method ?? "GET").toUpperCase();
  const url = request?.url ?? String(input);
  if (isUnsafe(method) && URL.canParse(url)) await memory.invalidate(changedBy(new URL(url), response.status, whereItLed(response)));
  return response;
}

/** A redirect that was followed has been the Location of the answer. */
function whereItLed({ headers, redirected, url }: Response): HeaderList {
  return redirected ? [...without([...headers], new Set(["location"])), ["location", url]] : [...headers];
}
