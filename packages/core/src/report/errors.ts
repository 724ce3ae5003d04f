import { shownKey } from "../base/stored-key.ts";
import { type ToldError, toldError } from "./told-error.ts";

export { messageOf } from "../base/foreign.ts";

/** The code of an error, for programs. The message is for people. */
export type DatastoreErrorCode =
  /** The loader took longer than `timeout`. */
  | "LOAD_TIMEOUT"
  /** The loader's value did not pass `validate`. */
  | "INVALID_VALUE"
  /** The load took longer than `softTimeout`, so the backup stood in; the load goes on. */
  | "LOAD_SLOW"
  /** A loader asked for its own key, directly or through other loaders, so it would have waited for itself. */
  | "RECURSIVE_LOAD"
  /** The loader returned `notModified()`, but there is no last good value. */
  | "NOTHING_TO_RENEW"
  /** `loadMany` returned nothing for this key. */
  | "NOT_LOADED"
  /** The datastore has been closed. */
  | "CLOSED"
  /** A store did not answer before its deadline (`cacheTimeout`, `backupTimeout`). */
  | "STORE_TIMEOUT"
  /** A store failed; `cause` is its own error. */
  | "STORE_FAILED"
  /** A store did not answer several times in a row, so it gets no calls for some seconds; `cause` is its last error. */
  | "STORE_PAUSED"
  /** A record in a cache is damaged, of another key, of another codec or of a newer format. It counts as absent. */
  | "UNREADABLE"
  /** This value would not come back the same from the codec. */
  | "UNSERIALIZABLE"
  /** Some backup writes are not durable; `keys` says which. */
  | "NOT_DURABLE";

/** What core was doing: a call of an adapter, or `encode`, `drill` or `cull`. */
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
  /** The lease of a key was taken or given back. */
  | "lease"
  /** Other processes were told of a change. */
  | "announce"
  /** Changes of other processes were listened to. */
  | "listen"
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

// A program may load two copies of this package, or one in each realm. A registered symbol is the same in all of them, unlike a class.
const DATASTORE = Symbol.for("lastgood.error");
const GONE = Symbol.for("lastgood.gone");
const DENIED = Symbol.for("lastgood.denied");

/**
 * Every error that lastgood itself throws. Errors of the loader are passed on unchanged.
 * `instanceof` and `isDatastoreError` recognise it across installed copies and realms.
 */
export class DatastoreError extends Error {
  override readonly name: string = "DatastoreError";
  /** The kind of the error, for programs. */
  readonly code: DatastoreErrorCode;
  /** The key that the error is about, if it is about one. */
  readonly key: string | undefined;
  /** The name of the store that failed. */
  readonly adapter: string | undefined;
  /** The operation that failed. */
  readonly operation: Operation | undefined;
  /** The keys that the error is about, if there may be several. */
  readonly keys: readonly string[] | undefined;
  /** For `UNSERIALIZABLE`: the place in the value that would not come back the same, such as `value.items[3]`. */
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

  /** Message, code, details and causes, without stacks. */
  toJSON(): ToldError & DatastoreErrorDetails {
    const { key, adapter, operation, keys, path } = this;
    return { ...toldError(this), ...Object.fromEntries(Object.entries({ key, adapter, operation, keys, path }).filter(([, value]) => value !== undefined)) };
  }
}

/** A loader throws it if the thing no longer exists at its source. `get` then deletes backup and cached copy, and rejects with this error. */
export class GoneError extends Error {
  override readonly name: string = "GoneError";

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, GoneError, value, GONE);
  }

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, GONE, { value: true });
  }

  /** Message, code and causes, without stacks. */
  toJSON(): ToldError {
    return toldError(this);
  }
}

/** A loader throws it if the caller may not see the value. `get` then keeps the backup, does not return it, and rejects with this error. */
export class DeniedError extends Error {
  override readonly name: string = "DeniedError";

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, DeniedError, value, DENIED);
  }

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, DENIED, { value: true });
  }

  /** Message, code and causes, without stacks. */
  toJSON(): ToldError {
    return toldError(this);
  }
}

/** Whether lastgood itself threw the error, in this copy of the package or another. Never throws. */
export function isDatastoreError(error: unknown): error is DatastoreError {
  return isMarked(error, DATASTORE);
}

/** Whether the error says that the thing no longer exists at its source. Never throws. */
export function isGoneError(error: unknown): error is GoneError {
  return isMarked(error, GONE);
}

/** Whether the error says that the caller may not see the value. Never throws. */
export function isDeniedError(error: unknown): error is DeniedError {
  return isMarked(error, DENIED);
}

/** Reading a property of a proxy may throw. */
function isMarked(error: unknown, mark: symbol): boolean {
  try {
    return typeof error === "object" && error !== null && mark in error;
  } catch {
    return false;
  }
}

/** For the class itself, `instanceof` checks the mark. For a derived class it checks the prototype, as usual. */
function isInstance(asked: object, marked: object, value: unknown, mark: symbol): boolean {
  return asked === marked ? isMarked(value, mark) : Function.prototype[Symbol.hasInstance].call(asked, value);
}
