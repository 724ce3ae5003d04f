import type { IncomingMessage, ServerResponse } from "node:http";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LRUCache } from "lru-cache";
import type { Datastore, Namespace } from "@lastgood/core";
import { codeOf, isError, optionChecks } from "@lastgood/core/adapter";
import { statusOf } from "../fetch/cache-status.ts";
import { changedBy, isUnsafe } from "../fetch/changes.ts";
import { Memory } from "../fetch/memory.ts";
import type { LastGoodFetchOptions } from "../fetch/options.ts";
import type { Outcome } from "../fetch/outcome.ts";
import { checkedSettings } from "../fetch/settings.ts";
import { asUrl } from "../wire/as-url.ts";
import { dismiss } from "../wire/exchange.ts";
import { endToEnd, fromRaw, type HeaderList, keepable, valueOf, without } from "../wire/headers.ts";
import { describeFailure } from "../wire/http-error.ts";
import { send } from "../wire/undici.ts";
import { type Client, clientOf, onTheWay, OURS } from "./client.ts";
import { NAME, OF_THE_ENCODED, rawFields } from "./fields.ts";
import { sendWhole } from "./whole-answer.ts";

/** Options of `lastGoodProxy`. */
export interface LastGoodProxyOptions extends LastGoodFetchOptions {
  /**
   * The largest body of a request that is passed on, in bytes. A larger one is answered with 413.
   * @default none: bodies pass through as streams, of any size
   */
  readonly maxRequestBytes?: number | undefined;
  /**
   * Called with the URLs whose answers are not fresh any more, because a request has changed something. For several processes that answer for one
   * upstream, each with a cache of its own: tell the others, and have them call `invalidate`.
   * @default none
   */
  readonly onInvalidate?: ((urls: readonly string[]) => void) | undefined;
}

/** A handler for `node:http`. */
export interface ProxyHandler {
  /** Answers one request. Resolves when the answer is out, or the client is gone; never rejects. */
  (request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** What these URLs have answered so far is not fresh any more; it may still stand in. Never rejects. */
  readonly invalidate: (urls: readonly string[]) => Promise<void>;
}

/**
 * A handler for `node:http` that answers for one upstream, as a proxy beside a program in any language: GET and HEAD from what is kept, as
 * `lastGoodFetch` does; all other methods pass through as streams. It goes to no other host. `shared` is `true` unless it is set.
 *
 * Throws `TypeError` or `RangeError` at once for an argument that is wrong.
 *
 * @example
 * import { createServer } from "node:http";
 *
 * createServer(lastGoodProxy(datastore, "http://127.0.0.1:3000")).listen(8080, "127.0.0.1");
 */
export function lastGoodProxy(datastore: Datastore | Namespace, upstream: string | URL, options: LastGoodProxyOptions = {}): ProxyHandler {
  const { own, others } = checkedOptions(options);
  const memory = new Memory(datastore, checkedSettings("lastGoodProxy", datastore, { shared: true, ...others }));
  const proxy = new Proxying(memory, checkedUpstream(upstream), own);
  const handler = (request: IncomingMessage, response: ServerResponse): Promise<void> => proxy.answer(request, response);
  return Object.assign(handler, { invalidate: (urls: readonly string[]) => memory.invalidate(urls) });
}

type OwnOptions = Pick<LastGoodProxyOptions, "maxRequestBytes" | "onInvalidate">;

function checkedOptions(options: LastGoodProxyOptions): { readonly own: OwnOptions; readonly others: LastGoodFetchOptions } {
  const check = optionChecks("lastGoodProxy");
  if (typeof options !== "object" || options === null) throw check.wrongType("options", "an object", options);
  const { maxRequestBytes, onInvalidate, ...others } = options;
  if (maxRequestBytes !== undefined) check.wholeNumber("maxRequestBytes", maxRequestBytes, 0);
  if (onInvalidate !== undefined && typeof onInvalidate !== "function") throw check.wrongType("onInvalidate", "a function", onInvalidate);
  return { own: { maxRequestBytes, onInvalidate }, others };
}

function checkedUpstream(value: unknown): URL {
  const check = optionChecks("lastGoodProxy");
  const text = String(value);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw check.wrongValue("upstream", "a URL that begins with http:// or https://", text);
  if (url.username !== "" || url.password !== "") throw new TypeError("lastGoodProxy: upstream must have no user name or password in it; clients send their own");
  if (url.search !== "" || url.hash !== "") throw check.wrongValue("upstream", "without a query and a fragment", text);
  return url;
}

const MOST_URLS = 1_000;
const LONGEST_PATH = 1_000;

class Proxying {
  readonly #memory: Memory;
  readonly #upstream: URL;
  /** Without a slash at its end. */
  readonly #base: string;
  readonly #path: string;
  /** By path, because to read a URL takes a twentieth of the time of a fresh answer. */
  readonly #urls = new LRUCache<string, URL>({ max: MOST_URLS });
  readonly #options: OwnOptions;

  constructor(memory: Memory, upstream: URL, options: OwnOptions) {
    this.#memory = memory;
    this.#upstream = upstream;
    this.#base = upstream.href.replace(/\/$/, "");
    this.#path = upstream.pathname.replace(/\/$/, "");
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = this.#target(request);
      if (url === undefined) return refuse(response, 400, "this proxy answers for one source alone, by its paths");
      const client = clientOf(request);
      await (isRead(request) ? this.#read(request, response, url, client) : this.#passOn(request, response, url, client.gone));
    } catch (error) {
      fail(response, error);
    }
  }

  /** By its path alone: an absolute target, or one that begins with two slashes, would name another host. */
  #target({ url: path = "" }: IncomingMessage): URL | undefined {
    const known = this.#urls.get(path);
    if (known !== undefined) return known;
    const url = path.startsWith("/") ? asUrl(this.#base + path) : undefined;
    if (url?.origin !== this.#upstream.origin) return undefined;
    // A path such as /../ leads out of the upstream's own.
    if (!url.pathname.startsWith(this.#path)) return undefined;
    if (path.length <= LONGEST_PATH) this.#urls.set(path, url);
    return url;
  }

  async #read(request: IncomingMessage, response: ServerResponse, url: URL, client: Client): Promise<void> {
    const { given, passedOn } = client.fieldsOf(request);
    const signal = client.gone;
    const method = request.method === "HEAD" ? "HEAD" : "GET";
    const outcome = await this.#memory.answer({ method, url, headers: passedOn, mode: "default", signal, dispatcher: this.#memory.settings.dispatcher() });
    if (outcome.kind === "live") await sendLive(outcome, method === "HEAD", response, signal);
    else sendWhole(outcome, method === "HEAD", given, response);
  }

  async #passOn(request: IncomingMessage, response: ServerResponse, url: URL, signal: AbortSignal): Promise<void> {
    const { maxRequestBytes = Infinity, onInvalidate } = this.#options;
    if (Number(request.headers["content-length"] ?? 0) > maxRequestBytes) throw new TooLarge(maxRequestBytes);
    const given = endToEnd(fromRaw(request.rawHeaders));
    const hasBody = Number(request.headers["content-length"] ?? 0) > 0 || request.headers["transfer-encoding"] !== undefined;
    const { statusCode, statusText, headers: raw, body } = await send(url, {
      method: request.method ?? "GET",
      headers: [...without(given, new Set([...OURS, "content-length"].filter((name) => name !== "accept-encoding"))), ...lengthOf(request), ...onTheWay(request)].flat(),
      body: hasBody ? upTo(maxRequestBytes, request) : null,
      dispatcher: this.#memory.settings.dispatcher(),
      responseHeaders: "raw",
      signal,
    });
    const headers = fromRaw(raw as unknown as string[]); // what responseHeaders: "raw" makes of them
    const changed = isUnsafe(request.method ?? "GET") ? changedBy(url, statusCode, headers) : [];
    if (changed.length > 0) {
      await this.#memory.invalidate(changed);
      onInvalidate?.(changed);
    }
    const length = valueOf(headers, "content-length");
    const shown = [...keepable(headers), ...cookiesOf(headers), ["cache-status", `${NAME}; fwd=method`] as const];
    response.writeHead(statusCode, statusText, rawFields(shown));
    if (request.method === "HEAD" || length === "0") {
      body.dump().catch(() => undefined);
      response.end();
    } else await pipeline(body, response);
  }
}

/** Streams an answer that is not kept. */
async function sendLive({ live, handling }: Extract<Outcome, { kind: "live" }>, isHead: boolean, response: ServerResponse, signal: AbortSignal): Promise<void> {
  const { status, statusText, headers } = live.opened;
  const shown = [...keepable(headers), ...cookiesOf(headers), ["cache-status", statusOf(handling)] as const];
  // The length of an answer to HEAD is that of the body that GET would have.
  response.writeHead(status, statusText, rawFields(shown, isHead || !live.isDecoded ? undefined : OF_THE_ENCODED));
  if (!isHead) return await pipeline(live.readable(signal), response);
  dismiss(live.opened);
  response.end();
}

class TooLarge extends Error {
  override readonly name: string = "TooLarge";

  constructor(maxBytes: number) {
    super(`the body of the request has more than ${maxBytes} bytes`);
  }
}

/** A stream that breaks off once it is too large. */
function upTo(maxBytes: number, body: Readable): Readable {
  if (maxBytes === Infinity) return body;
  let left = maxBytes;
  const counting = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      left -= chunk.byteLength;
      done(left < 0 ? new TooLarge(maxBytes) : null, chunk);
    },
  });
  body.on("error", (error) => counting.destroy(error));
  return body.pipe(counting);
}

function isRead({ method, headers }: IncomingMessage): boolean {
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  return (method === "GET" || method === "HEAD") && !hasBody;
}

/** As undici takes it: it sees for itself that the body is as long. */
function lengthOf({ headers }: IncomingMessage): HeaderList {
  const length = headers["content-length"];
  return length === undefined ? [] : [["content-length", length]];
}

function cookiesOf(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => name === "set-cookie");
}

const TOO_LATE = new Set(["LOAD_TIMEOUT", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

function causeOf(error: unknown): unknown {
  return isError(error) ? error.cause : undefined;
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", connection: "close" }).end(`${why}\n`);
}

/** The source did not answer, and nothing stands in. An answer that has begun can only be broken off. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  if (error instanceof TooLarge) return refuse(response, 413, error.message);
  const isLate = [error, causeOf(error)].some((each) => TOO_LATE.has(String(codeOf(each))));
  response.setHeader("cache-status", `${NAME}; fwd=miss`);
  refuse(response, isLate ? 504 : 502, `the source did not answer: ${describeFailure(error)}`);
}
