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

export interface DatastoreErrorDetails {
  readonly key?: string | undefined;
  readonly adapter?: string | undefined;
  readonly operation?: string | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** Every error that lastgood itself makes. The loader's errors are passed on as they are. */
export class DatastoreError extends Error {
  override readonly name: string = "DatastoreError";
  readonly code: DatastoreErrorCode;
  readonly key: string | undefined;
  readonly adapter: string | undefined;
  readonly operation: string | undefined;
  readonly keys: readonly string[] | undefined;

  constructor(code: DatastoreErrorCode, message: string, details: DatastoreErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.key = details.key;
    this.adapter = details.adapter;
    this.operation = details.operation;
    this.keys = details.keys;
  }
}

// Two copies of this package may be installed side by side: a registered symbol is the same in both, a class is not.
const GONE = Symbol.for("lastgood.gone");
const DENIED = Symbol.for("lastgood.denied");

/** Thrown by a loader: the thing no longer exists at its source. `get` deletes its backup and its cached copy, and rejects with this error. */
export class GoneError extends Error {
  override readonly name: string = "GoneError";

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, GONE, { value: true });
  }
}

/** Thrown by a loader: whoever asks may not have it. `get` keeps the backup, does not show it, and rejects with this error. */
export class DeniedError extends Error {
  override readonly name: string = "DeniedError";

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, DENIED, { value: true });
  }
}

export function saysGone(error: unknown): boolean {
  return typeof error === "object" && error !== null && GONE in error;
}

export function saysDenied(error: unknown): boolean {
  return typeof error === "object" && error !== null && DENIED in error;
}
