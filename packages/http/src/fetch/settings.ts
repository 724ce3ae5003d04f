import { type Duration, type GetOptions, parseDuration } from "@lastgood/core";
import { optionChecks } from "@lastgood/core/adapter";
import { checkedSource, type Source, SOURCE_OPTIONS } from "../loader/checked-options.ts";
import type { LastGoodFetchOptions } from "./options.ts";
import type { Store } from "./store.ts";

const DURATIONS = ["ttl", "maxStale", "fallbackTtl", "timeout", "softTimeout"] as const;

/** What holds for a fetch or an interceptor, checked and complete. */
export interface Settings extends Source {
  /** Milliseconds. */
  readonly ttl: number | undefined;
  /** What the datastore is told with each get. */
  readonly get: Pick<GetOptions, "ttl" | "maxStale" | "fallbackTtl" | "timeout" | "softTimeout">;
  readonly identity: LastGoodFetchOptions["identity"];
  /** Whether requests have been given a way to go. */
  readonly hasDispatcher: boolean;
}

/** Throws `TypeError` or `RangeError` for what is wrong, naming the function and the option. */
export function checkedSettings(factory: string, datastore: unknown, given: LastGoodFetchOptions | undefined): Settings {
  const check = optionChecks(factory);
  if (!isStore(datastore)) throw check.wrongType("datastore", "a Datastore, or a namespace of one", datastore);
  const options = check.options(given, [...SOURCE_OPTIONS, ...DURATIONS, "identity"]);
  const { identity, dispatcher } = options;
  if (identity !== undefined && typeof identity !== "function") throw check.wrongType("identity", "a function", identity);
  const durations = DURATIONS.flatMap((name) => (options[name] === undefined ? [] : [[name, milliseconds(factory, name, options[name])] as const]));
  const get: Record<string, Duration> = Object.fromEntries(durations);
  return {
    ...checkedSource(factory, options),
    ttl: durations.find(([name]) => name === "ttl")?.[1],
    get,
    identity: given?.identity,
    hasDispatcher: dispatcher !== undefined,
  };
}

function isStore(value: unknown): value is Store {
  return typeof value === "object" && value !== null && ["getResult", "set", "expire", "peekBackup", "namespace"].every((name) => typeof Reflect.get(value, name) === "function");
}

function milliseconds(factory: string, name: string, value: unknown): number {
  const ms = parseDuration(value, `${factory}: ${name}`);
  if (ms < 0) throw new RangeError(`${factory}: ${name} must not be negative; got ${ms} ms`);
  return ms;
}
