import type { ServerResponse } from "node:http";
import { LRUCache } from "lru-cache";
import { callerHas, notModified } from "../fetch/conditions.ts";
import { headersOf, type Said, saidOf, type Whole } from "../fetch/headers-of.ts";
import type { Answer } from "../wire/answer.ts";
import type { HeaderList } from "../wire/headers.ts";
import { OF_THE_ENCODED, rawFields } from "./fields.ts";

// What is larger stays in memory until the client has read it: milliseconds for which it may read nothing.
const LARGE = 65_536;
const UNREAD_FOR = 60_000;

/** What is smaller goes out in one write with its head: as text, because node:http writes bytes by themselves. */
const SMALL = 16_384;

/** A small answer as it goes out. */
interface Sendable {
  readonly said: Said;
  readonly fields: string[];
  /** One character for each byte of the body. */
  readonly text: string;
}

/** Small answers as they went out last: to make one takes a tenth of the time of a fresh answer. */
const lastSent = new LRUCache<Answer, Sendable>({ max: 100 });

/** Sends an answer that is here as a whole: its head alone to HEAD, and to a client that has it already. */
export function sendWhole(outcome: Whole, isHead: boolean, given: HeaderList, response: ServerResponse): void {
  const { status, statusText, body } = outcome.answer;
  if (callerHas(given, outcome.answer)) return sendNotModified(outcome, isHead, response);
  // The length of an answer to HEAD is that of the body that GET would have.
  if (isHead) return void response.writeHead(status, statusText, rawFields(headersOf(outcome))).end();
  if (body.byteLength < SMALL) {
    const { fields, text } = sendableOf(outcome);
    return void response.writeHead(status, statusText, fields).end(text, "latin1");
  }
  if (body.byteLength > LARGE) response.setTimeout(UNREAD_FOR);
  response.writeHead(status, statusText, fieldsOf(outcome)).end(body);
}

function sendNotModified(outcome: Whole, isHead: boolean, response: ServerResponse): void {
  const { status, statusText, headers } = notModified(outcome.answer, headersOf(outcome));
  response.writeHead(status, statusText, rawFields(headers, isHead ? undefined : OF_THE_ENCODED)).end();
}

function sendableOf(outcome: Whole): Sendable {
  const { answer, cookies } = outcome;
  const said = saidOf(outcome);
  const last = lastSent.get(answer);
  if (last !== undefined && cookies.length === 0 && last.said.age === said.age && last.said.cacheStatus === said.cacheStatus) return last;
  const sendable = { said, fields: fieldsOf(outcome, said), text: last?.text ?? asText(answer.body) };
  if (cookies.length === 0) lastSent.set(answer, sendable);
  return sendable;
}

function fieldsOf(outcome: Whole, said?: Said): string[] {
  return [...rawFields(headersOf(outcome, said), OF_THE_ENCODED), "content-length", String(outcome.answer.body.byteLength)];
}

function asText({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}
