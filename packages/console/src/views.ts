import { inspect, types } from "node:util";
import type { Datastore, Generation, Health, Inspector } from "@lastgood/core";
import type { History } from "./history.ts";

// What a page can show, and what a person can read.
const ROWS = 50;
const LONGEST_VALUE = 20_000;
/** Milliseconds after which a search answers with what it has found: a store may have a million records. */
const SEARCH_TIME = 5_000;

/** Everything on the page but records. */
export function stateOf(datastore: Datastore, inspector: Inspector, history: History, { text, offset }: { readonly text: string; readonly offset: number }): object {
  const { cache, backup, unprotected }: Health = datastore.health();
  const fallback = inspector.fallback();
  const matching = fallback.filter(({ key }) => contains(key, text)).sort((a, b) => a.since - b.since);
  const first = Number.isSafeInteger(offset) && offset > 0 && offset < matching.length ? offset : 0;
  return {
    now: inspector.now(),
    isClosed: inspector.isClosed,
    fallback: {
      total: fallback.length,
      matching: matching.length,
      offset: first,
      oldestAge: fallback.reduce((oldest, { age }) => Math.max(oldest, age), 0),
      items: matching.slice(first, first + ROWS),
    },
    stores: [
      { role: "cache", ...(JSON.parse(JSON.stringify(cache)) as object) },
      { role: "backup", ...(JSON.parse(JSON.stringify(backup)) as object) },
    ],
    pendingWrites: backup.pendingWrites,
    unprotected: { total: unprotected.length, items: unprotected.slice(-ROWS) },
    history: history.lastHour(),
  };
}

/** Keys of the backup store that contain the text. */
export async function search(inspector: Inspector, text: string, signal: AbortSignal): Promise<object> {
  const began = performance.now();
  const items = [];
  let examined = 0;
  for await (const record of inspector.keys()) {
    examined++;
    if (contains(record.key, text)) items.push(record);
    const isOverdue = performance.now() - began > SEARCH_TIME;
    if (items.length > ROWS || isOverdue || signal.aborted) return { now: inspector.now(), items: items.slice(0, ROWS), examined, isComplete: false };
  }
  return { now: inspector.now(), items, examined, isComplete: true };
}

/** A key with its generations, the newest first. */
export async function recordOf(inspector: Inspector, ref: string): Promise<object> {
  const generations = await inspector.generations(ref);
  return { now: inspector.now(), ref, generations: generations.map(shown) };
}

function shown({ value, ...generation }: Generation): object {
  const isReadable = !generation.deleted && generation.problem === undefined;
  return { ...generation, ...(isReadable && { value: textOf(value) }) };
}

/** A text as it is, and anything else as a person reads it. */
function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : inspect(value, { depth: 8, maxArrayLength: 200, maxStringLength: 10_000, breakLength: 72, sorted: true });
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}\n… ${text.length - LONGEST_VALUE} characters more`;
}

function contains(key: string, text: string): boolean {
  return text === "" || key.toLowerCase().includes(text.toLowerCase());
}

/** What an answer says of an error: errors of lastgood say everything as JSON, and others at least their message. */
export function errorAsJson(error: unknown): object {
  if (typeof error === "object" && error !== null && "toJSON" in error && typeof error.toJSON === "function") return error as object;
  return { message: types.isNativeError(error) ? error.message : String(error) };
}
