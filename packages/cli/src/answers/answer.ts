import { type Datastore, DatastoreError, type Result } from "@lastgood/core";
import { LoadFailure, RefusedOutput } from "../sources/load-failure.ts";
import { EXIT_CODE, type Loader } from "../sources/loader.ts";
import { fullKey, type Keys, keysOf } from "../stores/keys.ts";
import { findStores, openDatastore } from "../stores/stores.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { endBy, interruptible, Interruption } from "../terminal/interruption.ts";
import { print } from "../terminal/print.ts";
import { say } from "../terminal/say.ts";
import { showDuration } from "../terminal/show-duration.ts";
import type { AnswerOptions } from "./answer-options.ts";
import { describeAnswer } from "./describe-answer.ts";
import { checkOutput } from "./output-check.ts";

/** Prints the answer to standard output, and its origin to standard error. Resolves with the exit code. */
export async function answer(loader: Loader, options: AnswerOptions): Promise<number> {
  const stores = await findStores(options.places, { canMake: true });
  if (stores.notice !== undefined && !(options.quiet && stores.canKeep)) say(stores.notice);
  const datastore = openDatastore(stores);
  try {
    return await printAnswer(datastore, loader, options);
  } finally {
    await datastore.close().catch(() => undefined); // a failed write has been reported already
  }
}

async function printAnswer(datastore: Datastore, loader: Loader, options: AnswerOptions): Promise<number> {
  const keys = keysOf(datastore, options.namespace);
  const standIn = watchStandIn(datastore);
  let result: Result<Uint8Array>;
  try {
    // An earlier run may have cached the answer with a longer ttl. If this fails, the next call to the cache reports it.
    if (options.ttl === 0) await keys.expire(options.key).catch(() => undefined);
    result = await interruptible((signal) => getResult(keys, loader, options, signal));
  } catch (error) {
    return error instanceof Interruption ? endBy(error) : await printFailure(asFailure(error, options), loader, options);
  }
  await print(result.value);
  if (result.stale || !options.quiet) {
    const failure = result.error === undefined ? undefined : asFailure(result.error, options);
    say(describeAnswer({ ...result, standsInFor: standIn.remaining(), failure }), shownKey(options));
  }
  return exitCodeOf(result, options);
}

/** How long a backup stands in. If the cache could not store it, the next run asks the source at once. */
function watchStandIn(datastore: Datastore): { remaining(): number | undefined } {
  let until: number | undefined;
  datastore.on("fallback", (event) => (until = event.until));
  datastore.on("cacheFailed", ({ operation }) => {
    if (operation === "set") until = undefined;
  });
  return { remaining: () => (until === undefined ? undefined : until - Date.now()) };
}

function getResult(keys: Keys, loader: Loader, options: AnswerOptions, signal: AbortSignal): Promise<Result<Uint8Array>> {
  const { key, ttl, fallbackTtl, maxStale, timeout, expected } = options;
  return keys.getResult<Uint8Array>(key, (context) => loader.load(AbortSignal.any([context.signal, signal]), context), {
    ttl,
    fallbackTtl,
    maxStale,
    timeout,
    signal,
    validate: (output) => checkOutput(output, expected),
  });
}

/** The exit code that the command had, unless the answer is a backup and `--stale-exit` is given. */
function exitCodeOf({ stale, metadata }: Result<Uint8Array>, { staleExit }: AnswerOptions): number {
  if (stale && staleExit !== undefined) return staleExit;
  return Number(metadata?.[EXIT_CODE] ?? EXIT.ok);
}

/** Without a backup, the source's own output and exit code come through. */
async function printFailure(failure: LoadFailure, loader: Loader, options: AnswerOptions): Promise<number> {
  if (!(failure instanceof RefusedOutput)) await print(loader.printed());
  say(`no backup to stand in: ${failure.message}`, shownKey(options));
  return failure.exitCode;
}

function shownKey({ namespace, key }: AnswerOptions): string {
  return fullKey(namespace, key);
}

function asFailure(error: unknown, { timeout }: AnswerOptions): LoadFailure {
  if (error instanceof LoadFailure) return error;
  if (error instanceof DatastoreError && error.code === "LOAD_TIMEOUT") {
    return new LoadFailure(`took longer than ${showDuration(timeout)} (--timeout)`, EXIT.timedOut, { cause: error });
  }
  throw error;
}
