import { STATUS_CODES } from "node:http";
import type { Datastore, Namespace } from "@lastgood/core";
import { isBytes, isError } from "@lastgood/core/adapter";
import type { Dispatcher } from "undici";
import { type HeaderList, without } from "../wire/headers.ts";
import { callerHas, notModified, unconditional } from "./conditions.ts";
import { changedBy, isUnsafe } from "./changes.ts";
import { headersOf } from "./headers-of.ts";
import { statusOf } from "./cache-status.ts";
import { Memory, type Request } from "./memory.ts";
import type { LastGoodFetchOptions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { checkedSettings } from "./settings.ts";

type Dispatch = Dispatcher["dispatch"];
type Options = Dispatcher.DispatchOptions;
type Handler = Dispatcher.DispatchHandler;

/**
 * An interceptor for a dispatcher of undici 7: with it, `fetch`, `request` and all that goes through the dispatcher has the memory that
 * `lastGoodFetch` has.
 *
 * Throws `TypeError` or `RangeError` at once for an option that is wrong.
 *
 * @example
 * import { Agent, setGlobalDispatcher } from "undici";
 *
 * setGlobalDispatcher(new Agent().compose(lastGoodInterceptor(datastore)));
 */
export function lastGoodInterceptor(datastore: Datastore | Namespace, options?: Omit<LastGoodFetchOptions, "dispatcher">): Dispatcher.DispatcherComposeInterceptor {
  const memory = new Memory(datastore, checkedSettings("lastGoodInterceptor", datastore, options));
  return (dispatch) => (asked, handler) => {
    const request = asRequest(asked, dispatch);
    if (request === undefined) return dispatch(asked, watching(memory, asked, handler));
    void deliver(memory, request, handler);
    return true;
  };
}

const READS = ["GET", "HEAD"] as const;

/** `undefined`: it is none that may be answered from what is kept. */
function asRequest(options: Options, dispatch: Dispatch): { readonly call: Request; readonly given: HeaderList; readonly controller: Control } | undefined {
  const { body, origin, path, upgrade } = options;
  const method = READS.find((read) => read === options.method);
  if (method === undefined || (body ?? undefined) !== undefined || upgrade || !origin || !URL.canParse(path, String(origin))) return undefined;
  const given = headerList(options.headers);
  const controller = new Control();
  const url = new URL(path, String(origin));
  // Nothing but dispatch is asked of it.
  const dispatcher = { dispatch: (inner: Options, handler: Handler) => dispatch({ ...options, ...inner }, handler) } as unknown as Dispatcher;
  const call: Request = { method, url, headers: unconditional(given), mode: "default", signal: controller.signal, dispatcher };
  return { call, given, controller };
}

/** All the forms that undici takes. */
function headerList(headers: Options["headers"]): HeaderList {
  const pairs = isFlat(headers) ? paired(headers) : headers === null || headers === undefined ? [] : isIterable(headers) ? [...headers] : Object.entries(headers);
  return pairs.flatMap(([name, value]) => {
    const values = Array.isArray(value) ? value : [value];
    return values.flatMap((each) => (each === undefined || each === null ? [] : [[String(name).toLowerCase(), String(each)] as const]));
  });
}

function isFlat(headers: Options["headers"]): headers is string[] {
  return Array.isArray(headers) && !Array.isArray(headers[0]);
}

function isIterable(headers: object): headers is Iterable<[string, string | string[] | undefined]> {
  return Symbol.iterator in headers;
}

function paired(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ""] as [string, string]] : []));
}

/** What a handler may do to the answer that it gets. */
class Control implements Dispatcher.DispatchController {
  readonly #aborting = new AbortController();
  #resume: (() => void) | undefined;
  paused = false;
  rawHeaders: string[] = [];
  rawTrailers: string[] = [];

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  get aborted(): boolean {
    return this.signal.aborted;
  }

  get reason(): Error | null {
    return this.aborted ? asError(this.signal.reason) : null;
  }

  abort(reason: Error): void {
    this.#aborting.abort(reason);
    this.resume();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#resume?.();
    this.#resume = undefined;
  }

  /** Resolves when the handler takes more. */
  async ready(): Promise<void> {
    while (this.paused && !this.aborted) await new Promise<void>((resolve) => (this.#resume = resolve));
    this.signal.throwIfAborted();
  }
}

async function deliver(memory: Memory, { call, given, controller }: NonNullable<ReturnType<typeof asRequest>>, handler: Handler): Promise<void> {
  try {
    handler.onRequestStart?.(controller, {});
    controller.signal.throwIfAborted();
    const outcome = await memory.answer(call);
    controller.signal.throwIfAborted();
    await hand(outcome, call, given, controller, handler);
    handler.onResponseEnd?.(controller, {});
  } catch (error) {
    handler.onResponseError?.(controller, controller.reason ?? asError(error));
  }
}

async function hand(outcome: Outcome, call: Request, given: HeaderList, controller: Control, handler: Handler): Promise<void> {
  const isLive = outcome.kind === "live";
  const { status, statusText, headers } = isLive ? outcome.live.opened : asAnswer(outcome, given);
  const all: HeaderList = isLive ? [...headers, ["cache-status", statusOf(outcome.handling)]] : headers;
  const shown = isLive && !outcome.live.isDecoded ? all : without(all, OF_THE_ENCODED);
  controller.rawHeaders = shown.flat();
  handler.onResponseStart?.(controller, status, asObject(shown), statusText || STATUS_CODES[status] || "");
  if (call.method === "HEAD") return isLive ? void outcome.live.opened.stream.destroy() : undefined;
  for await (const chunk of isLive ? outcome.live.readable(controller.signal) : [asAnswer(outcome, given).body]) {
    await controller.ready();
    if (isBytes(chunk) && chunk.byteLength > 0) handler.onResponseData?.(controller, Buffer.from(chunk));
  }
  await controller.ready();
}

/** The body has been decoded. */
const OF_THE_ENCODED = new Set(["content-encoding", "content-length", "transfer-encoding"]);

function asAnswer(outcome: Exclude<Outcome, { kind: "live" }>, given: HeaderList): { status: number; statusText: string; headers: HeaderList; body: Uint8Array } {
  const headers = headersOf(outcome);
  return callerHas(given, outcome.answer) ? notModified(outcome.answer, headers) : { ...outcome.answer, headers };
}

function asObject(headers: HeaderList): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>; // a header may be called __proto__
  for (const [name, value] of headers) {
    const known = object[name];
    object[name] = known === undefined ? value : [known, value].flat();
  }
  return object;
}

/** Sees whether a request that changes things has succeeded. */
function watching(memory: Memory, { method, origin, path }: Options, handler: Handler): Handler {
  if (!isUnsafe(method) || !origin || !URL.canParse(path, String(origin))) return handler;
  const url = new URL(path, String(origin));
  return new Proxy(handler, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name, target);
      if (typeof own !== "function") return own;
      if (name !== "onResponseStart") return own.bind(target) as unknown;
      return (controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[]>, message?: string): unknown => {
        void memory.invalidate(changedBy(url, status, headerList(headers)));
        return Reflect.apply(own, target, [controller, status, headers, message]) as unknown;
      };
    },
  });
}

function asError(reason: unknown): Error {
  return isError(reason) ? reason : new Error(String(reason));
}
