import type { Answer } from "../wire/answer.ts";
import { type HeaderList, keepable, valueOf, without } from "../wire/headers.ts";
import { statusOf } from "./cache-status.ts";
import type { Outcome } from "./outcome.ts";

export type Whole = Exclude<Outcome, { kind: "live" }>;

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

/** What this cache says of an answer. For a second, it says the same to most callers. */
export interface Said {
  /** Seconds; `undefined`: what the answer itself says. */
  readonly age: number | undefined;
  readonly cacheStatus: string;
}

export function saidOf(outcome: Whole): Said {
  const { age, handling } = outcome;
  return { age: age === undefined ? undefined : Math.floor(age / 1_000), cacheStatus: commonOf(outcome).cacheStatus + statusOf(handling) };
}

/** The fields of an answer, with what this cache has to say. */
export function headersOf(outcome: Whole, { age, cacheStatus }: Said = saidOf(outcome)): HeaderList {
  const common = commonOf(outcome);
  return [
    ...common.fields,
    ...outcome.cookies.map((cookie) => ["set-cookie", cookie] as const),
    ...(age === undefined ? common.age : [["age", String(age)] as const]),
    ["cache-status", cacheStatus],
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
