import type { ServerResponse } from "node:http";
import { statusOf } from "../fetch/cache-status.ts";
import { callerHas, notModified } from "../fetch/conditions.ts";
import { headersOf } from "../fetch/headers-of.ts";
import type { Outcome } from "../fetch/outcome.ts";
import type { Answer } from "../wire/answer.ts";
import { type HeaderList, keepable, valueOf, without } from "../wire/headers.ts";
import { OF_THE_ENCODED, VIA, withVia } from "./fields.ts";

type Whole = Exclude<Outcome, { kind: "live" }>;

// What is larger stays in memory until the client has read it: milliseconds for which it may read nothing.
const LARGE = 65_536;
const UNREAD_FOR = 60_000;

/** What is smaller goes out in one write with its head: as text, because node:http writes bytes by themselves. */
const SMALL = 16_384;

/** Sends an answer that is here as a whole. */
export function sendWhole(outcome: Whole, isHead: boolean, given: HeaderList, response: ServerResponse): void {
  const { answer } = outcome;
  if (isHead || callerHas(given, answer)) return sendHead(outcome, isHead, given, response);
  const { body, status, statusText } = answer;
  if (body.byteLength > LARGE) response.setTimeout(UNREAD_FOR);
  response.writeHead(status, statusText, fieldsOf(outcome));
  if (body.byteLength < SMALL) response.end(asText(body), "latin1");
  else response.end(body);
}

/** The length of an answer to HEAD is that of the body that GET would have. */
function sendHead(outcome: Whole, isHead: boolean, given: HeaderList, response: ServerResponse): void {
  const headers = headersOf(outcome);
  const has = callerHas(given, outcome.answer);
  const { status, statusText, headers: own } = has ? notModified(outcome.answer, headers) : { ...outcome.answer, headers };
  response.writeHead(status, statusText, withVia(isHead ? own : without(own, OF_THE_ENCODED)).flat()).end();
}

/** What is said anew in each answer. */
const OWN = new Set([...OF_THE_ENCODED, "age", "cache-status", "via"]);

/** What the answers to all clients have in common. */
interface Common {
  /** Names and values in turn. */
  readonly fields: readonly string[];
  readonly age: string | undefined;
  /** What caches and proxies on the way have said, with a comma behind it. */
  readonly cacheStatus: string;
  readonly via: string;
}

const known = new WeakMap<Answer, Common>();

function commonOf(outcome: Whole): Common {
  const { answer } = outcome;
  const before = known.get(answer);
  if (before !== undefined) return before;
  const headers = outcome.kind === "kept" ? answer.headers : keepable(answer.headers);
  const common = { fields: without(headers, OWN).flat(), age: valueOf(headers, "age"), cacheStatus: listed(headers, "cache-status"), via: listed(headers, "via") };
  known.set(answer, common);
  return common;
}

function listed(headers: HeaderList, name: string): string {
  const value = valueOf(headers, name);
  return value === undefined ? "" : `${value}, `;
}

/** The fields of an answer with its body, names and values in turn. */
function fieldsOf(outcome: Whole): string[] {
  const { answer, cookies, handling } = outcome;
  const common = commonOf(outcome);
  const age = outcome.age === undefined ? common.age : String(Math.floor(outcome.age / 1_000));
  const fields = [...common.fields];
  for (const cookie of cookies) fields.push("set-cookie", cookie);
  if (age !== undefined) fields.push("age", age);
  fields.push("cache-status", common.cacheStatus + statusOf(handling), "via", `${common.via}${VIA}`, "content-length", String(answer.body.byteLength));
  return fields;
}

/** One character for each byte. */
function asText({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}
