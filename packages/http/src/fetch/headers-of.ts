import type { Answer } from "../wire/answer.ts";
import { type HeaderList, keepable, valueOf, without } from "../wire/headers.ts";
import { statusOf } from "./cache-status.ts";
import type { Outcome } from "./outcome.ts";

type Whole = Exclude<Outcome, { kind: "live" }>;

/** What the answers to all callers have in common. */
interface Common {
  readonly fields: HeaderList;
  readonly age: HeaderList;
  /** What caches on the way have said, with a comma behind it. */
  readonly cacheStatus: string;
}

/** By answer: to put it together takes longer than all else that is done for the fields of a fresh answer. */
const known = new WeakMap<Answer, Common>();

const SAID_ANEW = new Set(["age", "cache-status"]);

/** The fields of an answer, with what this cache has to say. */
export function headersOf(outcome: Whole): HeaderList {
  const { age, cookies, handling } = outcome;
  const common = commonOf(outcome);
  return [
    ...common.fields,
    ...cookies.map((cookie) => ["set-cookie", cookie] as const),
    ...(age === undefined ? common.age : [["age", String(Math.floor(age / 1_000))] as const]),
    ["cache-status", common.cacheStatus + statusOf(handling)],
  ];
}

function commonOf(outcome: Whole): Common {
  const { answer } = outcome;
  const before = known.get(answer);
  if (before !== undefined) return before;
  const headers = outcome.kind === "kept" ? answer.headers : keepable(answer.headers);
  const upstream = valueOf(headers, "cache-status");
  const common = { fields: without(headers, SAID_ANEW), age: headers.filter(([name]) => name === "age"), cacheStatus: upstream === undefined ? "" : `${upstream}, ` };
  known.set(answer, common);
  return common;
}
