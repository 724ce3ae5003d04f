import { type Datastore, DatastoreError, type Result } from "@lastgood/core";
import { LoadFailure, RefusedOutput } from "../sources/load-failure.ts";
import type { Loader } from "../sources/loader.ts";
import { openDatastore } from "../stores/stores.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { endBy, interruptible, Interruption } from "../terminal/interruption.ts";
import { print } from "../terminal/print.ts";
import { say } from "../terminal/say.ts";
import { showDuration } from "../terminal/show-duration.ts";
import type { AnswerOptions } from "./answer-options.ts";
import { describeAnswer } from "./describe-answer.ts";
import { checkOutput } from "./output-check.ts";

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
