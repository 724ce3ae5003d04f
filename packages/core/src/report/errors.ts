import { shownKey } from "../base/stored-key.ts";
import { type ToldError, toldError } from "./told-error.ts";

export { messageOf } from "../base/foreign.ts";

/** What went wrong, for programs. The message says it for people. */
export type DatastoreErrorCode =
  /** The loader took longer than `timeout`. */
  | "LOAD_TIMEOUT"
  /** The loader's value did not pass `validate`. */
  | "INVALID_VALUE"
  /** The load took longer than `softTimeout`, so the backup stood in; the load goes on. */
  | "LOAD_SLOW"
  /** A loader asked for its own key, directly or through the loaders of others: it would have waited for itself. */
  | "RECURSIVE_LOAD"
  /** The loader said `notModified()`, and there is no last good value that it could mean. */
  | "NOTHING_TO_RENEW"
  /** `loadMany` returned nothing for this key. */
  | "NOT_LOADED"
  /** The datastore has been closed. */
  | "CLOSED"
  /** A store did not answer before its deadline (`cacheTimeout`, `backupTimeout`). */
  | "STORE_TIMEOUT"
  /** A store failed; `cause` is its own error. */
  | "STORE_FAILED"
  /** A store failed several times in a row and is left alone for some seconds; `cause` is its last error. */
  | "STORE_PAUSED"
  /** A record in a cache is damaged, of another key, of another codec or of a newer format. It counts as absent. */
  | "UNREADABLE"
  /** The codec cannot keep this value so that it comes back the same. */
  | "UNSERIALIZABLE"
  /** Some backup writes are not durable; `keys` says which. */
  | "NOT_DURABLE";

/** What core was doing with a store, or for one: the calls of an adapter, and `encode`, `drill` and `cull`. */
export type Operation =
  | "get"
  | "set"
  | "delete"
  | "read"
  | "write"
  | "touch"
  | "list"
  | "lock"
  | "unlock"
  | "close"
  /** A value was turned into bytes. */
  | "encode"
  /** A backup was read again, to see whether it is there. */
  | "drill"
  /** Unused backups were looked for in the background. */
  | "cull";

/** The optional fields of a `DatastoreError`. */
export interface DatastoreErrorDetails {
  readonly key?: string | undefined;
  readonly adapter?: string | undefined;
  readonly operation?: Operation | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly path?: string | undefined;
  readonly cause?: unknown;
}

// Two copies of this package may be installed side by side, or one in each realm: a registered symbol is the same in all of them,
// a class is not.
const DATASTORE = Symbol.for("lastgood.error");
const GONE = Symbol.for("lastgood.gone");
const DENIED = Symbol.for("lastgood.denied");

/**
 * Every error that lastgood itself makes. The loader's errors are passed on as they are.
 * `instanceof` and `isDatastoreError` know it across installed copies and realms.
 */
export class DatastoreError extends Error {
  override readonly name: string = "DatastoreError";
  /** What went wrong, for programs. */
  readonly code: DatastoreErrorCode;
  /** The key that it is about, if it is about one. */
  readonly key: string | undefined;
  /** The name of the store that failed. */
  readonly adapter: string | undefined;
  /** What that store was asked to do. */
  readonly operation: Operation | undefined;
  /** The keys that it is about, where there may be several. */
  readonly keys: readonly string[] | undefined;
  /** Of `UNSERIALIZABLE`: the place in the value that cannot be kept, such as `value.items[3]`. */
  readonly path: string | undefined;

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, DatastoreError, value, DATASTORE);
  }

  constructor(code: DatastoreErrorCode, message: string, details: DatastoreErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.key = details.key === undefined ? undefined : shownKey(details.key);
    this.adapter = details.adapter;
    this.operation = details.operation;
    this.keys = details.keys?.map(shownKey);
    this.path = details.path;
    Object.defineProperty(this, DATASTORE, { value: true });
  }

  /** Everything that it says, with its causes and without stacks. */
  toJSON(): ToldError & DatastoreErrorDetails {
    const { key, adapter, operation, keys, path } = this;
    return { ...toldError(this), ...Object.fromEntries(Object.entries({ key, adapter, operation, keys, path }).filter(([, value]) => value !== undefined)) };
  }
}

/** Thrown by a loader: the thing no longer exists at its source. `get` deletes its backup and its cached copy, and rejects with this error. */
export class GoneError extends Error {
  override readonly name: string = "GoneError";

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, GoneError, value, GONE);
  }

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, GONE, { value: true });
  }

  /** Everything that it says, with its causes and without stacks. */
  toJSON(): ToldError {
    return toldError(this);
  }
}

/** Thrown by a loader: whoever asks may not have it. `get` keeps the backup, does not show it, and rejects with this error. */
export class DeniedError extends Error {
  override readonly name: string = "DeniedError";

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, DeniedError, value, DENIED);
  }

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, DENIED, { value: true });
  }

  /** Everything that it says, with its causes and without stacks. */
  toJSON(): ToldError {
    return toldError(this);
  }
}

/** Whether lastgood itself made the error, in this copy of the package or another. Never throws. */
export function isDatastoreError(error: unknown): error is DatastoreError {
  return isMarked(error, DATASTORE);
}

/** Whether the error says that the thing no longer exists at its source. Never throws. */
export function isGoneError(error: unknown): error is GoneError {
  return isMarked(error, GONE);
}

/** Whether the error says that whoever asks may not have the thing. Never throws. */
export function isDeniedError(error: unknown): error is DeniedError {
  return isMarked(error, DENIED);
}

/** A proxy may throw even at being asked. */
function isMarked(error: unknown, mark: symbol): boolean {
  try {
    return typeof error === "object" && error !== null && mark in error;
  } catch {
    return false;
  }
}

/** `instanceof` of the class itself asks for its mark; of a class derived from it, for the prototype, as ever. */
function isInstance(asked: object, marked: object, value: unknown, mark: symbol): boolean {
  return asked === marked ? isMarked(value, mark) : Function.prototype[Symbol.hasInstance].call(asked, value);
}
