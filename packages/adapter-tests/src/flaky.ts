import { types } from "node:util";
import type { Awaitable, BackupAdapter, BackupInfo, CacheAdapter } from "@lastgood/core/adapter";

const OPERATIONS = ["get", "set", "read", "write", "touch", "list", "delete", "lock", "close"] as const;

/** A method of an adapter; `"entry"` is asked about each id that a `list` is about to give. */
export type FlakyOperation = (typeof OPERATIONS)[number] | "entry";

/** A call that is about to be made. */
export interface FlakyCall {
  readonly operation: FlakyOperation;
  /** What it is about; `undefined` for `list`, `lock` and `close`. */
  readonly id: string | undefined;
  /** How many calls of this operation there have been, this one included. */
  readonly count: number;
}

/**
 * What goes wrong:
 * - an `Error`: it is thrown, and the store is not asked. `"throw"` is an error of no further meaning.
 * - `"throw-after"`: the store does what it was asked, and then the call throws: an answer that got lost.
 * - `"hang"`: the call never ends, not even when its signal is aborted.
 * - `"hang-until-abort"`: the call throws when its signal is aborted.
 * - `"nothing"`: the store is not asked; the answer is that nothing was there, or that it is done.
 * - `"corrupt"`: one byte of what is read or written is another. For bytes alone: a value has none.
 */
export type Fault = Error | "throw" | "throw-after" | "hang" | "hang-until-abort" | "nothing" | "corrupt";

/**
 * Says what is to go wrong with a call: `undefined` is nothing. If it answers with a promise, the call waits for that,
 * as for a slow store. If it throws, so does the call.
 */
// `void`, so that a promise that is only waited for will do.
export type FlakyPlan = (call: FlakyCall) => Awaitable<Fault | undefined | void>;

/**
 * The same adapter, but its calls fail as planned: for the fault tests of a program that uses it.
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
  // A proxy, so that the adapter keeps its type, its other properties, and the optional methods that it does not have.
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

/** To a plan, a set that compares is a set. */
function operationOf(property: string | symbol): (typeof OPERATIONS)[number] | undefined {
  return property === "setUnlessNewer" ? "set" : OPERATIONS.find((name) => name === property);
}

interface Call {
  readonly operation: FlakyOperation;
  readonly args: readonly unknown[];
  /** Makes the call, with other arguments if there are any. */
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
  // `list` has done what it was asked when the last entry is out.
  const entries = fault === "throw-after" ? list.make() : await made(list, fault);
  // The proxy's `list` is the adapter's, and "nothing" is an empty array.
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
      // A write's last argument is its options: the answer pretends that the record is there, and the newest.
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

/** What has been read or is to be written, with another byte in the middle; no bytes become one. */
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

/** Answers at once where there is no promise: an adapter that needs none must not become one that makes them. */
function then<Value>(value: Awaitable<Value>, use: (value: Value) => unknown): unknown {
  return isPromise(value) ? value.then(use) : use(value);
}

function isPromise<Value>(value: Awaitable<Value>): value is PromiseLike<Value> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function idOf([id]: readonly unknown[]): string | undefined {
  return typeof id === "string" ? id : undefined;
}

/** Options come last. */
function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  const options = args.at(-1);
  if (typeof options !== "object" || options === null || !("signal" in options)) return undefined;
  return isSignal(options.signal) ? options.signal : undefined;
}

/** Not `instanceof`: a signal of another realm, or of a library, is one as well. */
function isSignal(value: unknown): value is AbortSignal {
  return typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;
}
