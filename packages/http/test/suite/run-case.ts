import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ManualClock } from "@lastgood/core/testing";
import type { Case, Step } from "./case.ts";

interface Received {
  readonly number: number;
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  /** Fields of the answer that the client is to see as they are. */
  readonly sent: Map<string, string>;
  readonly response: ServerResponse;
}

const DATES = new Set(["date", "expires", "last-modified", "if-modified-since", "if-unmodified-since"]);
const LOCATIONS = new Set(["location", "content-location"]);
const BODILESS = new Set([204, 304]);
const PAUSE = 3_000;
// As long as the cases say where they give a length.
const BODY = "the body of this case, 36 bytes long";

/** Plays a case through `fetch`. Answers with what was not as expected. */
export async function runCase({ requests }: Case, fetch: typeof globalThis.fetch, clock: ManualClock): Promise<string[]> {
  const received: Received[] = [];
  const server = createServer((request, response) => answer(requests, received, clock, request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/case`;
  const complaints: string[] = [];
  try {
    const responses: Response[] = [];
    for (const [index, step] of requests.entries()) {
      const asked = received.length;
      const response = await play(step, index + 1, base, fetch, responses.at(-1), clock, complaints);
      if (response === undefined) break; // nothing came, as it should be: the rest of the case is about an answer
      responses.push(response);
      if (isBeingRefreshed(response)) await until(() => received.slice(asked).some(({ response: { writableFinished } }) => writableFinished));
      if (step.pause) clock.advance(PAUSE);
    }
    judgeRequests(requests, responses, received, complaints);
  } catch (error) {
    complaints.push(String(error));
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return complaints;
}

/** A stale answer that is no backup: the source is asked in the background. */
function isBeingRefreshed({ headers }: Response): boolean {
  return /hit; ttl=-\d+$/.test(headers.get("cache-status") ?? "") && /stale-while-revalidate/.test(headers.get("cache-control") ?? "");
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve)); // for what came to be kept
}

async function play(step: Step, number: number, base: string, fetch: typeof globalThis.fetch, before: Response | undefined, clock: ManualClock, complaints: string[]): Promise<Response | undefined> {
  const url = base + (step.file === undefined ? "" : `/${step.file}`) + (step.query === undefined ? "" : `?${step.query}`);
  const headers = (step.headers ?? []).map(([name, value]) => {
    const isOwn = step.ownSince === true && name.toLowerCase() === "if-modified-since" && typeof value === "number";
    return [name, isOwn ? httpDate(Number(before?.headers.get("server-now") ?? clock.now()) + value * 1_000, step.rfc850?.includes("if-modified-since")) : String(value)] as [string, string];
  });
  const init = { method: step.method ?? "GET", headers: [...headers, ["req-num", String(number)] as [string, string]], redirect: step.redirect ?? "follow", ...(step.body !== undefined && { body: step.body }), ...(step.cache !== undefined && { cache: step.cache }) };
  const mayFail = step.disconnects === true && step.wantsStatus === null;
  const response = await fetch(url, init as RequestInit).catch((error: unknown) => {
    if (mayFail) return undefined;
    throw error;
  });
  if (response === undefined) return undefined;
  judgeResponse(step, number, response, complaints);
  const text = await response.text();
  const status = response.status;
  if (step.checksText === false) return response;
  const expected = step.wantsText !== undefined ? step.wantsText : (step.text ?? (BODILESS.has(status) || step.method === "HEAD" ? null : BODY));
  if (expected !== null && step.text !== null && text !== expected) complaints.push(`answer ${number} has the body ${JSON.stringify(text)}, not ${JSON.stringify(expected)}`);
  return response;
}

function judgeResponse(step: Step, number: number, response: Response, complaints: string[]): void {
  const count = Number.parseInt(response.headers.get("server-request-count") ?? "", 10);
  if (step.type === "cached" && !(response.status === 304 && Number.isNaN(count)) && !(count < number)) complaints.push(`answer ${number} does not come from the cache`);
  if (step.type === "not_cached" && count !== number) complaints.push(`answer ${number} comes from the cache`);
  const status = step.wantsStatus !== undefined ? step.wantsStatus : (step.status?.[0] ?? 200);
  if (status !== null && response.status !== status) complaints.push(`answer ${number} has status ${response.status}, not ${status}`);
  for (const wanted of step.wantsHeaders ?? []) judgeHeader(wanted, number, response, complaints);
  for (const unwanted of step.wantsNoHeaders ?? []) {
    if (typeof unwanted === "string" && response.headers.has(unwanted)) complaints.push(`answer ${number} has the header ${unwanted}`);
  }
  if (step.wantsInterim !== undefined) complaints.push("a fetch shows no interim answers");
}

function judgeHeader(wanted: NonNullable<Step["wantsHeaders"]>[number], number: number, { headers }: Response, complaints: string[]): void {
  if (typeof wanted === "string") {
    if (!headers.has(wanted)) complaints.push(`answer ${number} lacks the header ${wanted}`);
    return;
  }
  const [name, second, third] = wanted;
  const value = headers.get(name);
  const isMet = third === undefined ? value === fixed(name, second, Number(headers.get("server-now"))) : second === ">" ? Number.parseInt(value ?? "", 10) > Number(third) : value === headers.get(String(third));
  if (!isMet) complaints.push(`answer ${number} has ${name}: ${value}, which is not ${third === undefined ? second : `${second} ${third}`}`);
}

function judgeRequests(requests: readonly Step[], responses: readonly Response[], received: readonly Received[], complaints: string[]): void {
  let seen = 0;
  for (const [index, step] of requests.entries()) {
    if (step.type === "cached") continue;
    const request = received[seen++];
    if (step.type === "not_cached" && request?.number !== index + 1) complaints.push(`request ${index + 1} did not reach the source`);
    if (step.type === "etag_validated" && request?.headers["if-none-match"] === undefined) complaints.push(`request ${index + 1} has no If-None-Match`);
    if (step.type === "lm_validated" && request?.headers["if-modified-since"] === undefined) complaints.push(`request ${index + 1} has no If-Modified-Since`);
    for (const sent of step.sends ?? []) {
      const [name, value] = typeof sent === "string" ? [sent, undefined] : sent;
      const own = request?.headers[name.toLowerCase()];
      if (own === undefined || (value !== undefined && own !== value)) complaints.push(`request ${index + 1} has ${name}: ${String(own)}, not ${value ?? "any"}`);
    }
    for (const unsent of step.sendsNo ?? []) {
      const [name, value] = typeof unsent === "string" ? [unsent, undefined] : unsent;
      const own = request?.headers[name.toLowerCase()];
      if (value === undefined ? own !== undefined : own === value) complaints.push(`request ${index + 1} has ${name}: ${String(own)}`);
    }
    for (const [name, value] of request?.sent ?? []) {
      const own = responses[index]?.headers.get(name);
      if (name.toLowerCase() !== "date" && own !== value) complaints.push(`answer ${index + 1} has ${name}: ${String(own)}, not ${value}`);
    }
    if (step.wantsMethod !== undefined && request?.method !== step.wantsMethod) complaints.push(`request ${index + 1} has the method ${String(request?.method)}`);
  }
}

// The source.

function answer(requests: readonly Step[], received: Received[], clock: ManualClock, request: IncomingMessage, response: ServerResponse): void {
  const number = Number(request.headers["req-num"]) || received.length + 1;
  const step = requests[number - 1] ?? {};
  if (step.delay !== undefined) clock.advance(step.delay * 1_000);
  const now = clock.now();
  for (const interim of step.interim ?? []) sendInterim(response, interim);
  const [status, reason] = statusOf(step, requests[number - 2], request);
  response.sendDate = false;
  response.statusCode = status;
  response.statusMessage = reason;
  response.setHeader("server-request-count", received.length + 1);
  response.setHeader("client-request-count", number);
  response.setHeader("server-now", now);
  const sent = new Map<string, string>();
  for (const [name, value, isExpected = true] of step.answers ?? []) {
    const text = step.ownLocations === true && LOCATIONS.has(name.toLowerCase()) ? `${request.url}${value === "" ? "" : `/${value}`}` : fixed(name, value, now, step.rfc850);
    const known = response.getHeader(name);
    response.setHeader(name, known === undefined ? text : [...[known].flat().map(String), text]);
    if (isExpected) sent.set(name, [response.getHeader(name) ?? ""].flat().join(", "));
  }
  if (!response.hasHeader("content-type")) response.setHeader("content-type", "text/plain");
  received.push({ number, method: request.method ?? "", headers: request.headers, sent, response });
  if (step.disconnects) response.socket?.destroy();
  else if (BODILESS.has(status)) response.end();
  else response.end(step.text ?? BODY);
}

function sendInterim(response: ServerResponse, interim: unknown): void {
  const [status, headers = []] = interim as [number, [string, string][]?]; // as the cases have it
  if (status === 102) response.writeProcessing();
  else response.writeEarlyHints(Object.fromEntries(headers));
}

function statusOf(step: Step, before: Step | undefined, { headers }: IncomingMessage): readonly [number, string] {
  if (step.type?.endsWith("validated") !== true) return step.status ?? [200, "OK"];
  const isKnown = (field: string, condition: string): boolean => {
    const [, value] = before?.answers?.find(([name]) => name.toLowerCase() === field) ?? [];
    return value !== undefined && headers[condition] === value;
  };
  return isKnown("last-modified", "if-modified-since") || isKnown("etag", "if-none-match") ? [304, "Not Modified"] : [999, "Not Asked"];
}

function fixed(name: string, value: string | number, now: number, rfc850?: readonly string[]): string {
  if (typeof value === "string" || !DATES.has(name.toLowerCase())) return String(value);
  return httpDate(now + value * 1_000, rfc850?.includes(name.toLowerCase()));
}

function httpDate(time: number, isRfc850 = false): string {
  const text = new Date(time).toUTCString();
  if (!isRfc850) return text;
  const [, day, month, year = "", clock] = text.split(" ");
  return `${new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(time)}, ${day}-${month}-${year.slice(2)} ${clock} GMT`;
}
