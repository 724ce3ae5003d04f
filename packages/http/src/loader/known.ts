import { createHash } from "node:crypto";
import type { Metadata, Result } from "@lastgood/core";
import type { Freshness } from "../rules/freshness.ts";
import type { Answer } from "../wire/answer.ts";
import { type HeaderList, namedIn, selecting, valueOf } from "../wire/headers.ts";
import { shownUrl } from "../wire/http-error.ts";

/** What is kept beside a value: by what it can be asked about, and what its source has said. */
export interface Known {
  /** Which URL and which request headers the answer belongs to. */
  readonly selected: string;
  /** The fields that say how long the answer may be used, and by what it is known. */
  readonly headers: HeaderList;
  /** Epoch milliseconds until which it may stand in. */
  readonly standsInUntil: number;
}

// What Age and Date say is over when the answer has come, but that Expires counts from Date.
const KEPT_FIELDS = new Set(["cache-control", "pragma", "expires", "vary", "etag", "last-modified"]);

// Whose answer it is, whatever Vary says.
const CREDENTIALS = ["authorization", "cookie"];

/** The metadata of an answer to a request with these headers. `url` is for people to read. */
export function metadataOf(answer: Omit<Answer, "body">, requestHeaders: HeaderList, freshness: Freshness): Metadata {
  const { headers, responseTime } = answer;
  const url = new URL(answer.url);
  const kept = headers.filter(([name]) => KEPT_FIELDS.has(name) || (name === "date" && valueOf(headers, "expires") !== undefined));
  return {
    url: shownUrl(url),
    selected: selectionOf(url, requestHeaders, namedIn(headers, "vary")),
    headers: JSON.stringify(kept),
    ...(freshness.standsInFor !== Infinity && { standsInUntil: String(Math.round(responseTime + freshness.standsInFor)) }),
    ...(freshness.disobeyed.length > 0 && { disobeyed: freshness.disobeyed.join(", ") }),
  };
}

/** Of one URL and one variant: validators belong to no other. A hash, because URLs and headers have secrets in them. */
function selectionOf(url: URL, requestHeaders: HeaderList, vary: readonly string[]): string {
  const names = [...new Set([...CREDENTIALS, ...vary])].toSorted();
  const values = names.map((name) => [name, selecting(requestHeaders, name)]);
  return createHash("sha256").update(JSON.stringify([url.href, values])).digest("base64url");
}

/** What metadata says that was written by this loader; `undefined` for any other. */
export function readKnown({ metadata }: Result<unknown>): Known | undefined {
  const { selected, headers = "", standsInUntil } = metadata ?? {};
  const list = parseList(headers);
  if (selected === undefined || list === undefined) return undefined;
  return { selected, headers: list, standsInUntil: standsInUntil === undefined ? Infinity : Number(standsInUntil) };
}

function parseList(text: string): HeaderList | undefined {
  try {
    const list: unknown = JSON.parse(text);
    const isList = Array.isArray(list) && list.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === "string"));
    return isList ? (list as unknown as HeaderList) : undefined; // as was just checked
  } catch {
    return undefined;
  }
}

/** The conditions by which this URL can be asked whether the answer is still right; `undefined` if it can not. */
export function conditionsFor({ selected, headers }: Known, url: URL, requestHeaders: HeaderList): HeaderList | undefined {
  if (selected !== selectionOf(url, requestHeaders, namedIn(headers, "vary"))) return undefined;
  return conditionsOf(headers);
}

/** What asks a source whether an answer with these headers is still right. */
export function conditionsOf(headers: HeaderList): HeaderList | undefined {
  const etag = valueOf(headers, "etag");
  const lastModified = valueOf(headers, "last-modified");
  if (etag === undefined && lastModified === undefined) return undefined;
  return [
    ...(etag === undefined ? [] : [["if-none-match", etag] as const]),
    ...(lastModified === undefined ? [] : [["if-modified-since", lastModified] as const]),
  ];
}
