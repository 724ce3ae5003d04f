import type { LoadContext, Result } from "@lastgood/core";
import { isError, messageOf } from "@lastgood/core/adapter";
import { EXIT } from "../terminal/exit-codes.ts";
import { version } from "../terminal/version.ts";
import { CappedOutput } from "./capped-output.ts";
import { LoadFailure, RefusedOutput } from "./load-failure.ts";
import type { Loader } from "./loader.ts";

const PARTIAL_CONTENT = 206;
const NOT_MODIFIED = 304;

export interface UrlLoaderOptions {
  readonly maxBytes: number;
  /** Whether the last good body still passes the checks. If not, the request is unconditional. */
  readonly isAcceptable: (body: Uint8Array) => boolean;
}

/**
 * Loads the body of a URL, and follows redirects. The load fails on any status but a success, and on a body that breaks
 * off. The request is conditional if the last good body came with an ETag or Last-Modified.
 */
export function urlLoader(url: URL, { maxBytes, isAcceptable }: UrlLoaderOptions): Loader {
  async function load(signal: AbortSignal, context: LoadContext): Promise<Uint8Array> {
    const known = await findKnown(context);
    try {
      const headers = { "user-agent": `lastgood/${version()}`, ...conditions(known) };
      const response = await fetch(url, { signal, headers });
      if (response.status === NOT_MODIFIED && known !== undefined) {
        context.setMeta(known.metadata);
        return known.value;
      }
      const body = await readBody(response, maxBytes);
      context.setMeta({ url: url.href, ...validators(response) });
      return body;
    } catch (error) {
      throw error instanceof LoadFailure ? error : new LoadFailure(describe(error), EXIT.failed, { cause: error });
    }
  }

  /** The last good body, if a conditional request about it is possible. */
  async function findKnown(context: LoadContext): Promise<Known | undefined> {
    const { value, metadata } = (await context.lastGood<Uint8Array>()) ?? {};
    if (value === undefined || metadata === undefined || !isAcceptable(value)) return undefined;
    const isOfThisUrl = metadata["url"] === url.href; // the key may have been used for another URL
    return isOfThisUrl && (metadata["etag"] ?? metadata["lastModified"]) !== undefined ? { value, metadata } : undefined;
  }

  return { load, printed: () => new Uint8Array() };
}

type Known = Required<Pick<Result<Uint8Array>, "value" | "metadata">>;

/** The headers of a conditional request (RFC 9110, section 13). */
function conditions(known: Known | undefined): Record<string, string> {
  const { etag, lastModified } = known?.metadata ?? {};
  return {
    ...(etag !== undefined && { "if-none-match": etag }),
    ...(lastModified !== undefined && { "if-modified-since": lastModified }),
  };
}

function validators({ headers }: Response): Record<string, string> {
  const etag = headers.get("etag");
  const lastModified = headers.get("last-modified");
  return { ...(etag !== null && { etag }), ...(lastModified !== null && { lastModified }) };
}

async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (!response.ok || response.status === PARTIAL_CONTENT) {
    await response.body?.cancel();
    throw new LoadFailure(`HTTP status ${response.status} ${response.statusText}`.trimEnd(), EXIT.failed);
  }
  const body = new CappedOutput(maxBytes);
  for await (const chunk of response.body ?? []) {
    body.add(chunk);
    if (body.full) throw new RefusedOutput(`it has more than ${maxBytes} bytes (--max-bytes)`);
  }
  return body.bytes;
}

/** The message of the innermost cause: `fetch` itself only says "fetch failed" or "terminated". */
function describe(error: unknown): string {
  if (!isError(error)) return messageOf(error);
  const { cause } = error;
  if (!isError(cause)) return error.message;
  const reason = cause.message === "" && "code" in cause ? String(cause.code) : describe(cause);
  return error.message === "terminated" ? `body broke off: ${reason}` : reason;
}
