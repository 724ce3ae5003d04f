import { type Datastore, DatastoreError, type Result } from "@lastgood/core";
import type { Arguments } from "./arguments.ts";
import { showDuration } from "./durations.ts";
import { endBy, interruptible, Interruption } from "./interruption.ts";
import { EXIT, LoadFailure, RefusedOutput } from "./load-failure.ts";
import type { Loader } from "./loader.ts";
import { checkOutput, type Expectations } from "./output-check.ts";
import { findPlaces, type Places } from "./places.ts";
import { print } from "./print.ts";
import { describeAnswer, say } from "./report.ts";
import { openDatastore } from "./stores.ts";

const DEFAULT_TTL = 5 * 60_000;
const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_MAX_BYTES = 64 * 2 ** 20;
/** What a backup in a directory takes, less what goes round it. */
const MOST_BYTES = 250 * 2 ** 20;

/** How a source is asked, and what is made of its answer. Durations are milliseconds. */
export interface AnswerOptions {
  readonly key: string;
  readonly ttl: number;
  readonly fallbackTtl: number;
  readonly maxStale: number;
  readonly timeout: number;
  readonly maxBytes: number;
  readonly expected: Expectations;
  readonly staleExit: number;
  readonly quiet: boolean;
  readonly places: Places;
}

export function answerOptions(args: Arguments, defaultKey: string): AnswerOptions {
  const ttl = args.duration("ttl") ?? DEFAULT_TTL;
  return {
    key: args.text("key") ?? defaultKey,
    ttl,
    fallbackTtl: args.duration("fallback-ttl") ?? ttl / 2,
    maxStale: args.duration("max-stale") ?? Infinity,
    timeout: args.positiveDuration("timeout") ?? DEFAULT_TIMEOUT,
    maxBytes: args.size("max-bytes", MOST_BYTES) ?? DEFAULT_MAX_BYTES,
    expected: { allowEmpty: args.flag("allow-empty"), json: args.flag("json"), match: args.pattern("match") },
    staleExit: args.exitCode("stale-exit") ?? EXIT.ok,
    quiet: args.flag("quiet"),
    places: findPlaces({ backup: args.text("backup"), cache: args.text("cache") }),
  };
}

/** Prints the answer to standard output and says on standard error where it comes from. Resolves with the exit code. */
export async function answer(loader: Loader, options: AnswerOptions): Promise<number> {
  const datastore = openDatastore(options.places);
  try {
    return await printAnswer(datastore, loader, options);
  } finally {
    await datastore.close().catch(() => undefined); // what it could not write has been told of
  }
}

async function printAnswer(datastore: Datastore, loader: Loader, options: AnswerOptions): Promise<number> {
  let standsInFor: number | undefined;
  datastore.on("fallback", ({ until }) => (standsInFor = until - Date.now()));
  let result: Result<Uint8Array>;
  try {
    // What an earlier run has cached for longer is not fresh for this one. A cache that fails will say so in a moment.
    if (options.ttl === 0) await datastore.expire(options.key).catch(() => undefined);
    result = await interruptible((signal) => getResult(datastore, loader, options, signal));
  } catch (error) {
    return error instanceof Interruption ? endBy(error) : await printFailure(asFailure(error, options), loader, options);
  }
  await print(result.value);
  if (result.stale || !options.quiet) {
    const failure = result.error === undefined ? undefined : asFailure(result.error, options);
    say(describeAnswer({ ...result, standsInFor, failure }), options.key);
  }
  return result.stale ? options.staleExit : EXIT.ok;
}

function getResult(datastore: Datastore, loader: Loader, options: AnswerOptions, signal: AbortSignal): Promise<Result<Uint8Array>> {
  const { key, ttl, fallbackTtl, maxStale, timeout, expected } = options;
  return datastore.getResult<Uint8Array>(key, (context) => loader.load(AbortSignal.any([context.signal, signal]), context), {
    ttl: `${ttl}ms`,
    fallbackTtl: `${fallbackTtl}ms`,
    maxStale,
    timeout,
    signal,
    validate: (output) => checkOutput(output, expected),
  });
}

/** Nothing stands in: what the source said comes through, and so does its exit code. */
async function printFailure(failure: LoadFailure, loader: Loader, options: AnswerOptions): Promise<number> {
  if (!(failure instanceof RefusedOutput)) await print(loader.printed());
  say(`no backup to stand in: ${failure.message}`, options.key);
  return failure.exitCode;
}

function asFailure(error: unknown, { timeout }: AnswerOptions): LoadFailure {
  if (error instanceof LoadFailure) return error;
  if (error instanceof DatastoreError && error.code === "LOAD_TIMEOUT") {
    return new LoadFailure(`took longer than ${showDuration(timeout)} (--timeout)`, EXIT.timedOut, { cause: error });
  }
  throw error;
}
