import { isBytes, isError } from "@lastgood/core/adapter";
import type { Dispatcher } from "undici";
import type { Answer } from "./answer.ts";
import { ACCEPT_ENCODING, decode, whyNotDecodable } from "./encodings.ts";
import { endToEnd, fromRaw, type HeaderList, namedIn, valueOf } from "./headers.ts";
import { describeFailure, HttpError, shownUrl } from "./http-error.ts";
import { restoreCode, send } from "./undici.ts";

/** One request, as it is to be sent. */
export interface Outgoing {
  readonly method: "GET" | "HEAD";
  readonly url: URL;
  readonly headers: HeaderList;
}

/** How requests are sent. */
export interface Wire {
  readonly dispatcher: Dispatcher;
  /** The largest body, in bytes, once it is decoded. */
  readonly maxBytes: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** An answer whose headers are there, and whose body is still to come. */
export interface Opened extends Omit<Answer, "body"> {
  readonly method: string;
  /** What the request has asked for. */
  readonly acceptEncoding: string;
  readonly stream: Dispatcher.ResponseData["body"];
}

const NO_BODY = new Set([204, 205, 304]);

/** Sends a request and waits for the headers of its answer. Rejects with `HttpError`; with the signal's reason if it is aborted. */
export async function open({ method, url, headers }: Outgoing, { dispatcher, now }: Wire, signal?: AbortSignal): Promise<Opened> {
  const sent = withDefaults(endToEnd(headers));
  const requestTime = now();
  try {
    const { statusCode, statusText, headers: raw, body } = await send(url, {
      method,
      headers: sent.flat(),
      dispatcher,
      responseHeaders: "raw",
      ...(signal && { signal }),
    });
    body.on("error", () => undefined); // one that nobody reads any more breaks off unheard
    const opened: Opened = {
      method,
      status: statusCode,
      statusText,
      headers: fromRaw(raw as unknown as string[]), // what responseHeaders: "raw" makes of them
      url: url.href,
      requestTime,
      responseTime: now(),
      acceptEncoding: valueOf(sent, "accept-encoding") ?? "",
      stream: body,
    };
    refuseTransfer(opened);
    return opened;
  } catch (error) {
    signal?.throwIfAborted();
    restoreCode(error);
    if (error instanceof HttpError) throw error;
    throw new HttpError(shownUrl(url), `${method} ${shownUrl(url)} failed: ${describeFailure(error)}`, { cause: error });
  }
}

/** The answer with its whole body, checked and decoded. Rejects with `HttpError` if the body is damaged or too large. */
export async function readWhole(opened: Opened, maxBytes: number, signal?: AbortSignal): Promise<Answer> {
  const body = await readBegun(opened, maxBytes, signal);
  if (body.isWhole) return body.answer;
  discard(opened);
  throw failureOf(opened, `its body has more than ${maxBytes} bytes`);
}

/** A body that has been read to its end; or what has been read of one that is larger than it may be. */
export type Begun = { readonly isWhole: true; readonly answer: Answer } | { readonly isWhole: false; readonly begun: readonly Uint8Array[] };

/** The answer with its whole body, checked and decoded, if that is not too large. Rejects with `HttpError` if the body is damaged. */
export async function readBegun(opened: Opened, maxBytes: number, signal?: AbortSignal): Promise<Begun> {
  const { method, stream, status, headers } = opened;
  try {
    const refusal = whyNotReadable(opened);
    if (refusal !== undefined) throw failureOf(opened, refusal);
    const { chunks, isWhole } = await readChunks(stream, maxBytes);
    if (!isWhole) return { isWhole, begun: chunks };
    const hasNone = method === "HEAD" || NO_BODY.has(status);
    const body = hasNone ? new Uint8Array() : await decodeUpTo(joined(chunks), encodingsOf(headers), maxBytes);
    return body === undefined ? { isWhole: false, begun: chunks } : { isWhole, answer: { ...headOf(opened), body } };
  } catch (error) {
    discard(opened);
    signal?.throwIfAborted();
    restoreCode(error);
    throw error instanceof HttpError ? error : failureOf(opened, `its body broke off: ${describeFailure(error)}`, error);
  }
}

function failureOf({ url, method }: Opened, why: string, cause?: unknown): HttpError {
  const shown = shownUrl(new URL(url));
  return new HttpError(shown, `${method} ${shown} failed: ${why}`, cause === undefined ? {} : { cause });
}

/** `undefined`: it is larger. */
async function decodeUpTo(bytes: Uint8Array, encodings: readonly string[], maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    return await decode(bytes, encodings, maxBytes);
  } catch (error) {
    if (isError(error) && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw error;
  }
}

/** An answer without its body. */
export function headOf({ status, statusText, headers, url, requestTime, responseTime }: Omit<Answer, "body">): Omit<Answer, "body"> {
  return { status, statusText, headers, url, requestTime, responseTime };
}

/** Ends an answer that nobody reads. */
function discard({ stream }: Opened): void {
  stream.destroy();
}

/** Reads past a short body, so that the connection can be used again; ends a longer one. */
export function dismiss({ stream }: Opened): void {
  stream.dump({ limit: 16_384 }).catch(() => undefined);
}

function whyNotReadable({ method, status, headers, acceptEncoding }: Opened): string | undefined {
  return method === "HEAD" || NO_BODY.has(status) ? undefined : whyNotDecodable(encodingsOf(headers), acceptEncoding);
}

/** undici takes a body whose transfer is encoded for one that is not encoded at all. */
function refuseTransfer(opened: Opened): void {
  const { method, status, headers } = opened;
  const transfer = namedIn(headers, "transfer-encoding").find((coding) => coding !== "chunked" && coding !== "identity");
  if (transfer === undefined || method === "HEAD" || NO_BODY.has(status)) return;
  discard(opened);
  throw failureOf(opened, `its transfer is encoded as ${JSON.stringify(transfer)}, which was not asked for`);
}

export function encodingsOf(headers: HeaderList): string[] {
  return namedIn(headers, "content-encoding");
}

/** Leaves the rest of a body that is too large in its stream. */
async function readChunks(stream: Dispatcher.ResponseData["body"], maxBytes: number): Promise<{ chunks: Uint8Array[]; isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    if (!isBytes(chunk)) continue;
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > maxBytes) return { chunks, isWhole: false };
  }
  return { chunks, isWhole: true };
}

/** In memory of its own: a small Buffer is a view of a pool that others write to. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function withDefaults(headers: HeaderList): HeaderList {
  const defaults = [
    ["accept", "*/*"],
    // A part of an encoded body cannot be decoded: what fetch asks for as well.
    ["accept-encoding", valueOf(headers, "range") === undefined ? ACCEPT_ENCODING : "identity"],
    ["user-agent", "lastgood"],
  ] as const;
  return [...headers, ...defaults.filter(([name]) => valueOf(headers, name) === undefined)];
}
