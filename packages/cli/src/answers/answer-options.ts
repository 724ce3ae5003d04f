import type { Arguments } from "../arguments/arguments.ts";
import { findPlaces, type Places } from "../stores/places.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import type { Expectations } from "./output-check.ts";

const DEFAULT_TTL = 5 * 60_000;
const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_MAX_BYTES = 64 * 2 ** 20;
/** Under the limit of a backup in a directory, which is 256 MiB with the envelope around the answer. */
const MOST_BYTES = 250 * 2 ** 20;

/** How to call the source, and what to accept as an answer. Durations are milliseconds. */
export interface AnswerOptions {
  readonly key: string;
  readonly namespace: readonly string[];
  readonly ttl: number;
  readonly fallbackTtl: number;
  readonly maxStale: number;
  readonly timeout: number;
  readonly maxBytes: number;
  readonly expected: Expectations;
  /** The exit code when a backup stands in. `undefined`: the code that came with the answer. */
  readonly staleExit: number | undefined;
  readonly quiet: boolean;
  readonly places: Places;
}

/** `defaultKey` is called only if the user has given no key. */
export function answerOptions(args: Arguments, defaultKey: () => string): AnswerOptions {
  const ttl = args.duration("ttl") ?? DEFAULT_TTL;
  return {
    key: args.text("key") ?? defaultKey(),
    namespace: args.namespace(),
    ttl,
    fallbackTtl: args.duration("fallback-ttl") ?? ttl / 2,
    maxStale: args.duration("max-stale") ?? Infinity,
    timeout: args.positiveDuration("timeout") ?? DEFAULT_TIMEOUT,
    maxBytes: args.size("max-bytes", MOST_BYTES) ?? DEFAULT_MAX_BYTES,
    expected: { allowEmpty: args.flag("allow-empty"), json: args.flag("json"), match: args.pattern("match") },
    staleExit: args.exitCode("stale-exit"),
    quiet: args.flag("quiet"),
    places: findPlaces(args, true),
  };
}

/** The exit codes of a command that mean success. */
export function okExits(args: Arguments): ReadonlySet<number> {
  return args.exitCodes("ok-exit") ?? new Set([EXIT.ok]);
}
