import { type HeaderList, keepable, valueOf } from "../wire/headers.ts";
import { statusOf } from "./cache-status.ts";
import type { Outcome } from "./outcome.ts";

/** The fields of an answer, with what this cache has to say. */
export function headersOf(outcome: Exclude<Outcome, { kind: "live" }>): HeaderList {
  const { answer, age, handling } = outcome;
  const upstream = valueOf(answer.headers, "cache-status");
  const status = upstream === undefined ? statusOf(handling) : `${upstream}, ${statusOf(handling)}`;
  const kept = answer.headers.filter(([name]) => name !== "cache-status" && (name !== "age" || age === undefined));
  const cookies = outcome.kind === "kept" ? outcome.cookies.map((cookie) => ["set-cookie", cookie] as const) : [];
  return [
    ...(outcome.kind === "kept" ? kept : [...keepable(kept), ...kept.filter(([name]) => name === "set-cookie")]),
    ...cookies,
    ...(age === undefined ? [] : [["age", String(Math.floor(age / 1_000))] as const]),
    ["cache-status", status],
  ];
}
