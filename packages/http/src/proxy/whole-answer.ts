import type { ServerResponse } from "node:http";
import { callerHas, notModified } from "../fetch/conditions.ts";
import { headersOf } from "../fetch/headers-of.ts";
import type { Outcome } from "../fetch/outcome.ts";
import type { HeaderList } from "../wire/headers.ts";
import { OF_THE_ENCODED, rawFields } from "./fields.ts";

// What is larger stays in memory until the client has read it: milliseconds for which it may read nothing.
const LARGE = 65_536;
const UNREAD_FOR = 60_000;

/** What is smaller goes out in one write with its head: as text, because node:http writes bytes by themselves. */
const SMALL = 16_384;

/** Sends an answer that is here as a whole: its head alone to HEAD, and to a client that has it already. */
export function sendWhole(outcome: Exclude<Outcome, { kind: "live" }>, isHead: boolean, given: HeaderList, response: ServerResponse): void {
  const headers = headersOf(outcome);
  const isThere = callerHas(given, outcome.answer);
  const { status, statusText, headers: shown, body } = isThere ? notModified(outcome.answer, headers) : { ...outcome.answer, headers };
  // The length of an answer to HEAD is that of the body that GET would have.
  const fields = rawFields(shown, isHead ? undefined : OF_THE_ENCODED);
  if (isHead || isThere) return void response.writeHead(status, statusText, fields).end();
  if (body.byteLength > LARGE) response.setTimeout(UNREAD_FOR);
  fields.push("content-length", String(body.byteLength));
  response.writeHead(status, statusText, fields);
  if (body.byteLength < SMALL) response.end(asText(body), "latin1");
  else response.end(body);
}

/** One character for each byte. */
function asText({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}
