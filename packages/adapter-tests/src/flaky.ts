import { types } from "node:util";
import type { Awaitable, BackupAdapter, BackupInfo, CacheAdapter } from "@lastgood/core/adapter";

const OPERATIONS = ["get", "set", "read", "write", "touch", "list", "delete", "lock", "close"] as const;

/** A method of an adapter. `"entry"` stands for each id that a `list` is about to yield. */
export type FlakyOperation = (typeof OPERATIONS)[number] | "entry";

/** A call that is about to be made. */
export interface FlakyCall {
  readonly operation: FlakyOperation;
  /** The id of the call; `undefined` for `list`, `lock` and `close`. */
  readonly id: string | undefined;
  /** The number of calls of this operation so far, including this one. */
  readonly count: number;
}

/**
 * A fault of a call:
 * - an `Error`: the call throws it without reaching the store. `"throw"` is the same with a generic error.
 * - `"throw-after"`: the store performs the call, and then the call throws, like a lost answer.
 * - `"hang"`: the call never ends, not even when its signal is aborted.
 * - `"hang-until-abort"`: the call throws when its signal is aborted.
 * - `"nothing"`: the call answers "not there" or "done" without reaching the store.
 * - `"corrupt"`: the call reads or writes one wrong byte. Only for adapters that store bytes.
 */
export type Fault = Error | "throw" | "throw-after" | "hang" | "hang-until-abort" | "nothing" | "corrupt";

/**
 * Returns the fault of a call; `undefined` for none. If it returns a promise, the call waits for it, as for a slow store.
 * If it throws, so does the call.
 */
// `void`, so that a plan may return a promise of nothing, just to delay the call.
export type FlakyPlan = (call: FlakyCall) => Awaitable<Fault | undefined | void>;

/**
 * Wraps an adapter so that its calls fail as planned, for the fault tests of a program.
 *
 * @example
 * ```ts
 * import { flaky } from "@lastgood/adapter-tests";
 * import { memoryBackup } from "@lastgood/core/testing";
 *
 * let down = true;
 * const backup = flaky(memoryBackup(), ({ operation }) => (down && operation === "read" ? "throw" : undefined));
 * ```
 */
export function flaky<Adapter extends CacheAdapter | BackupAdapter>(adapter: Adapter, plan: FlakyPlan): Adapter {
  const ask = counting(plan);
  // A proxy, so that the adapter keeps its type and its other properties, and gains no optional methods.
  return new Proxy(adapter, {
    get(target, property) {
      const method: unknown = Reflect.get(target, property, target);
      const operation = operationOf(property);
      if (typeof method !== "function" || operation === undefined) return method;
      return (...args: readonly unknown[]) => {
        const call: Call = { operation, args, make: (changed = args) => Reflect.apply(method, target, changed) };
        return operation === "list" ? faultyList(call, ask) : then(ask(operation, idOf(args)), (fault) => made(call, fault));
      };
    },
  });
}

/** A plan sees `setUnlessNewer` as a `set`. */
function operationOf(property: string | symbol): (typeof OPERATIONS)[number] | undefined {
  return property === "setUnlessNewer" ? "set" : OPERATIONS.find((name) => name === property);
}

interface Call {
  readonly operation: FlakyOperation;
  readonly args: readonly unknown[];
  /** Makes the call, optionally with other arguments. */
  readonly make: (args?: readonly unknown[]) => unknown;
}

type Ask = (operation: FlakyOperation, id: string | undefined) => ReturnType<FlakyPlan>;

function counting(plan: FlakyPlan): Ask {
  const counts = new Map<FlakyOperation, number>();
  return (operation, id) => {
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    return plan({ operation, id, count });
  };
}

/** Makes the call with this fault, if any. */
function made(call: Call, fault: Fault | undefined | void): unknown {
  switch (fault) {
    case undefined:
      return call.make();
    case "throw":
      throw failure(call);
    case "throw-after":
      return then(call.make(), () => {
        throw failure(call);
      });
    case "hang":
      return new Promise(() => {});
    case "hang-until-abort":
      return aborted(signalOf(call.args));
    case "nothing":
      return nothing(call);
    case "corrupt":
      return corrupted(call);
    default:
      throw fault;
  }
}

async function* faultyList(list: Call, ask: Ask): AsyncGenerator<unknown> {
  const fault = await ask("list", undefined);
  // A `list` is complete once its last entry has been yielded.
  const entries = fault === "throw-after" ? list.make() : await made(list, fault);
  // Either the adapter's own list, or the empty array of "nothing".
  for await (const entry of entries as AsyncIterable<BackupInfo> | readonly BackupInfo[]) {
    const call: Call = { operation: "entry", args: [entry.id, ...list.args], make: () => entry };
    const given = await made(call, await ask("entry", entry.id));
    if (given !== undefined) yield given;
  }
  if (fault === "throw-after") throw failure(list);
}

function failure({ operation, args }: Call): Error {
  const id = idOf(args);
  return new Error(`flaky: ${operation}${id === undefined ? "" : ` of "${id}"`} fails as planned`);
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    else signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function nothing({ operation, args }: Call): unknown {
  switch (operation) {
    case "write":
      // The last argument of a write is its options. The answer claims that this record is the newest.
      return (args.at(-1) as Parameters<BackupAdapter["write"]>[2]).loadedAt;
    case "delete":
      return false;
    case "list":
      return [];
    default:
      return undefined;
  }
}

function corrupted({ operation, args, make }: Call): unknown {
  if (operation !== "set" && operation !== "write") return then(make(), flipped);
  const [id, stored, ...rest] = args;
  return make([id, flipped(stored), ...rest]);
}

/** The bytes with a wrong one in the middle. Empty bytes become one byte. */
function flipped(stored: unknown): unknown {
  if (stored === undefined) return undefined;
  if (types.isUint8Array(stored)) {
    const bytes = stored.length === 0 ? new Uint8Array(1) : new Uint8Array(stored);
    const middle = bytes.length >> 1;
    bytes[middle] = ~(bytes[middle] ?? 0);
    return bytes;
  }
  if (typeof stored === "object" && stored !== null && "bytes" in stored) return { ...stored, bytes: flipped(stored.bytes) };
  throw new TypeError('flaky: "corrupt" is for bytes, and this adapter stores values: use "nothing" or an error');
}

/** Like `then`, but synchronous without a promise, so that a synchronous adapter stays synchronous. */
function then<Value>(value: Awaitable<Value>, use: (value: Value) => unknown): unknown {
  return isPromise(value) ? value.then(use) : use(value);
}

function isPromise<Value>(value: Awaitable<Value>): value is PromiseLike<Value> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function idOf([id]: readonly unknown[]): string | undefined {
  return typeof id === "string" ? id : undefined;
}

/** The signal in the options, which are the last argument. */
function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  const options = args.at(-1);
  if (typeof options !== "object" || options === null || !("signal" in options)) return undefined;
  return isSignal(options.signal) ? options.signal : undefined;
}

/** Not `instanceof`, because a signal may come from another realm or from a library. */
function isSignal(value: unknown): value is AbortSignal {
  return typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;
}
