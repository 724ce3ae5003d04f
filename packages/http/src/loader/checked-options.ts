import { isUrl, optionChecks } from "@lastgood/core/adapter";
import type { Dispatcher } from "undici";
import { ownDispatcher } from "../wire/undici.ts";
import { type HeaderList } from "../wire/headers.ts";
import type { HeaderFields, HttpLoaderOptions, SourceOptions } from "./options.ts";

type Checks = ReturnType<typeof optionChecks>;

/** What holds for one source, checked and complete. */
export interface Source {
  readonly fallbackOn: readonly number[];
  readonly obey: boolean;
  readonly shared: boolean;
  readonly maxBytes: number;
  readonly now: () => number;
  /** Made when it is first asked for: a program may never ask this source. */
  readonly dispatcher: () => Dispatcher;
}

export const SOURCE_OPTIONS: readonly (keyof SourceOptions)[] = ["fallbackOn", "obey", "shared", "maxBytes", "dispatcher", "clock"];

const LOADER_OPTIONS: readonly (keyof HttpLoaderOptions<unknown>)[] = [...SOURCE_OPTIONS, "method", "headers", "parse", "validate", "answerOn", "follow"];

const DEFAULT_MAX_BYTES = 64 * 2 ** 20;

/** Throws `TypeError` or `RangeError` for what is wrong, naming the function and the option. */
export function checkedSource(factory: string, options: Readonly<Record<string, unknown>>): Source {
  const check = optionChecks(factory);
  const { fallbackOn = [], obey = true, shared = false, maxBytes = DEFAULT_MAX_BYTES, dispatcher, clock } = options;
  const { now } = checkedClock(check, clock ?? Date);
  const agent = dispatcher === undefined ? undefined : checkedDispatcher(check, dispatcher);
  return {
    fallbackOn: checkedStatuses(check, "fallbackOn", fallbackOn),
    obey: check.boolean("obey", obey),
    shared: check.boolean("shared", shared),
    maxBytes: check.wholeNumber("maxBytes", maxBytes, 1),
    now,
    dispatcher: () => agent ?? ownDispatcher(),
  };
}

function checkedStatuses(check: Checks, option: string, value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw check.wrongType(option, "a list of statuses, such as [404]", value);
  return value.map((status, index) => check.wholeNumber(`${option}[${index}]`, status, 200, 599));
}

function checkedDispatcher(check: Checks, value: unknown): Dispatcher {
  if (typeof value !== "object" || value === null || typeof Reflect.get(value, "dispatch") !== "function") {
    throw check.wrongType("dispatcher", "a Dispatcher of undici, such as new Agent()", value);
  }
  return value as Dispatcher; // nothing of it is used but dispatch
}

function checkedClock(check: Checks, value: unknown): { now: () => number } {
  const now: unknown = typeof value === "object" || typeof value === "function" ? Reflect.get(value ?? {}, "now") : undefined;
  if (typeof now !== "function") throw check.wrongType("clock", "an object with a function now() that returns epoch milliseconds", value);
  return { now: () => Number(Reflect.apply(now, value, [])) };
}

/** What an `httpLoader` has been told, checked and complete. */
export interface LoaderSettings<T> extends Source {
  readonly url: URL;
  readonly method: "GET" | "HEAD";
  /** Of one load. Rejects with `TypeError` for what are no headers. */
  readonly headers: () => Promise<HeaderList>;
  readonly parse: HttpLoaderOptions<T>["parse"];
  readonly validate: HttpLoaderOptions<T>["validate"];
  readonly answerOn: readonly number[];
  readonly follow: number;
}

export function checkedLoader<T>(url: string | URL, given: HttpLoaderOptions<T> | undefined): LoaderSettings<T> {
  const check = optionChecks("httpLoader");
  const options = check.options(given, LOADER_OPTIONS);
  const { method = "GET", headers = {}, answerOn = [], follow = 20 } = options;
  if (method !== "GET" && method !== "HEAD") throw check.wrongValue("method", '"GET" or "HEAD"', method);
  // A list that is given is read now, so that what is wrong with it is told at once.
  const fixed = typeof headers === "function" ? undefined : checkedHeaders(check, headers);
  const source = checkedSource("httpLoader", options);
  const answers = checkedStatuses(check, "answerOn", answerOn);
  const both = answers.find((status) => source.fallbackOn.includes(status));
  if (both !== undefined) throw check.wrongValue("answerOn", "without the statuses of fallbackOn", both);
  return {
    ...source,
    url: checkedUrl(check, url),
    method,
    headers: async () => fixed ?? checkedHeaders(check, typeof headers === "function" ? await headers() : headers),
    parse: checkedJudge(check, "parse", given?.parse),
    validate: checkedJudge(check, "validate", given?.validate),
    answerOn: answers,
    follow: check.wholeNumber("follow", follow, 0),
  };
}

function checkedUrl(check: Checks, value: unknown): URL {
  const text = isUrl(value) ? value.href : value;
  if (typeof text !== "string") throw check.wrongType("url", "a URL", value);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw check.wrongValue("url", "one that begins with http:// or https://", text);
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("httpLoader: url must have no user name or password in it: URLs are shown in messages; put them into an authorization header");
  }
  url.hash = "";
  return url;
}

/** Conditions are the loader's own to send; a part of a body is no last good answer. */
const NOT_FOR_CALLERS = new Set(["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range"]);

function checkedHeaders(check: Checks, value: unknown): HeaderList {
  const list = headerList(check, value);
  const wrong = list.find(([name]) => NOT_FOR_CALLERS.has(name));
  if (wrong !== undefined) throw new TypeError(`httpLoader: headers must not have ${JSON.stringify(wrong[0])}: the loader sends its own conditions, and asks for whole bodies`);
  return list;
}

function headerList(check: Checks, value: unknown): HeaderList {
  if (typeof value !== "object" || value === null) throw check.wrongType("headers", "an object of strings, or a function that returns one", value);
  try {
    return [...new Headers(value as HeaderFields as Record<string, string>)]; // it takes all three forms, and refuses the rest
  } catch (error) {
    throw new TypeError("httpLoader: headers must be names and values of HTTP; got others", { cause: error });
  }
}

function checkedJudge<J>(check: Checks, option: string, value: J): J {
  const isJudge = value === undefined || typeof value === "function" || (typeof value === "object" && value !== null && "~standard" in value);
  if (!isJudge) throw check.wrongType(option, "a function or a Standard Schema", value);
  return value;
}
