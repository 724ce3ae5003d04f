import type { LoadContext, NotModified } from "@lastgood/core";
import { HttpError, HttpGone, httpLoader, type HttpLoaderOptions, HttpRefusal } from "@lastgood/http";
import { EXIT } from "../terminal/exit-codes.ts";
import { version } from "../terminal/version.ts";
import { LoadFailure, RefusedOutput } from "./load-failure.ts";
import type { Loader } from "./loader.ts";

export interface UrlLoaderOptions {
  readonly maxBytes: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly method: "GET" | "HEAD";
  readonly follow: number;
  /** Statuses besides successes that come with an answer. */
  readonly okStatuses: readonly number[];
  /** Whether what the server says about caching is obeyed. */
  readonly obey: boolean;
  /** Throws a `RefusedOutput` for a body that must not be printed. The server is not asked whether such a body is still right. */
  readonly check: (body: Uint8Array) => void;
}

/** Every status from 400 to 499: none of them is an answer, so the last good one stands in. */
const CLIENT_ERRORS = Array.from({ length: 100 }, (_, index) => 400 + index);

/**
 * Loads the body of a URL, and follows redirects. Every status except a success is a failure, and so is a body that breaks off.
 * The server is told which body is already stored, and may answer that it is still right.
 */
export function urlLoader(url: URL, options: UrlLoaderOptions): Loader {
  const loadUrl = httpLoader(url, httpOptions(options));

  async function load(signal: AbortSignal, context: LoadContext): Promise<Uint8Array | NotModified> {
    const said: Said = {};
    try {
      const own = options.obey ? context : withoutFreshness(context, said);
      return await loadUrl({ ...parts(own), signal });
    } catch (error) {
      if (said.ttl !== undefined) context.setTtl(said.ttl);
      throw asFailure(error, options);
    }
  }

  return { load, printed: () => new Uint8Array() };
}

function httpOptions({ maxBytes, headers, method, follow, okStatuses, obey, check }: UrlLoaderOptions): HttpLoaderOptions<Uint8Array> & { parse: NonNullable<HttpLoaderOptions<Uint8Array>["parse"]> } {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  return {
    method,
    maxBytes,
    follow,
    obey,
    headers: [...headers, ...(names.has("user-agent") ? [] : [["user-agent", `lastgood/${version()}`] as const])],
    fallbackOn: CLIENT_ERRORS.filter((status) => !okStatuses.includes(status)),
    answerOn: okStatuses,
    parse: async (response) => (method === "HEAD" ? headOf(response) : new Uint8Array(await response.arrayBuffer())),
    validate: check,
  };
}

/** The status and the headers, as curl -I prints them. */
function headOf({ status, statusText, headers }: Response): Uint8Array {
  const fields = Array.from(headers, ([name, value]) => `${name}: ${value}\n`);
  return new TextEncoder().encode(`${`HTTP ${status} ${statusText}`.trimEnd()}\n${fields.join("")}`);
}

type Said = { ttl?: Parameters<LoadContext["setTtl"]>[0] };

/** `--ttl` says how long an answer is fresh. What the server says before it fails (Retry-After) is noted in `said`. */
function withoutFreshness(context: LoadContext, said: Said): LoadContext {
  return { ...parts(context), setTtl: (ttl) => void (said.ttl = ttl) };
}

/** A context has getters, which a spread of it would miss. */
function parts({ key, signal, ttl, lastGood, notModified, setTtl, setMaxStale, setMeta, setTags, noStore, fail }: LoadContext): LoadContext {
  return { key, signal, ttl, lastGood, notModified, setTtl, setMaxStale, setMeta, setTags, noStore, fail };
}

function asFailure(error: unknown, { maxBytes }: UrlLoaderOptions): LoadFailure {
  if (error instanceof LoadFailure) return error;
  const message = error instanceof HttpError || error instanceof HttpRefusal || error instanceof HttpGone ? withoutUrl(error.message) : String(error);
  if (message.endsWith(`has more than ${maxBytes} bytes`)) return new RefusedOutput(`it has more than ${maxBytes} bytes (--max-bytes)`);
  return new LoadFailure(message, EXIT.failed, { cause: error });
}

/** The line on standard error begins with the key, which is the URL. */
function withoutUrl(message: string): string {
  return message.replace(/^(?:GET|HEAD) \S+ (?:failed: (?:its (?=body))?|answered with )/, "");
}
