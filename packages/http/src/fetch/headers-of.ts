import { type HeaderList, keepable, valueOf } from "../wire/headers.ts";
import { statusOf } from "./cache-status.ts";
import type { Outcome } from "./outcome.ts";

/** The fields of an answer, with what this cache has to say. */
export function headersOf(outcome: Exclude<Outcome, { kind: "live" }>): HeaderList {
  const { answer, age, handling } = outcome;
  const upstream = valueOf(answer.headers, "cache-status");
  const status = upstream === undefined ? statusOf(handling) : `${upstream}, ${statusOf(handling)}`;
  const own = (outcome.kind === "kept" ? answer.headers : keepable(answer.headers)).filter(([name]) => name !== "cache-status" && (name !== "age" || age === undefined));
  return [
    ...own,
    ...outcome.cookies.map((cookie) => ["set-cookie", cookie] as const),
    ...(age === undefined ? [] : [["age", String(Math.floor(age / 1_000))] as const]),
    ["cache-status", status],
  ];
}
