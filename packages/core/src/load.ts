import type { Awaitable } from "./adapter.ts";
import { util } from "./builtins.ts";
import { type Duration, milliseconds } from "./duration.ts";
import { Entry, type Metadata } from "./entry.ts";
import { DatastoreError, messageOf } from "./errors.ts";
import type { GetPolicy } from "./policies.ts";
import { within } from "./promises.ts";
import type { Result, Results } from "./result.ts";
import { invalidity } from "./validity.ts";

/** Loads the value of a key. What it throws or rejects with, and an `Error` that it returns, is a load that failed. */
export type Loader<T> = (context: LoadContext) => Awaitable<T | NotModified>;

const MARK: unique symbol = Symbol("not modified");

/** What `notModified()` returns, for the loader to return. */
export interface NotModified {
  readonly [MARK]: true;
}

// An object: TypeScript makes `symbol` of a symbol that an async function returns, and would take it for the type of the value.
const NOT_MODIFIED: NotModified = { [MARK]: true };

// Of maxStale: so much older than its last confirmation a backup may look before it is worth a write that says otherwise.
const VOUCHED_SHARE = 0.1;

/**
 * What a loader may know of its load, and say about its outcome. It does not name the type of the value: TypeScript would
 * have to know that before it has seen what the loader returns.
 */
export interface LoadContext {
  readonly key: string;
  /** Aborted when the load has taken longer than `timeout`. */
  readonly signal: AbortSignal;
  /** The newest valid backup, whatever its age; `undefined` if there is none or it cannot be read. */
  readonly lastGood: <T = unknown>() => Promise<Result<T> | undefined>;
  /**
   * `return notModified()`: what `lastGood()` has shown is still right. It is fresh for another ttl, and is not written again, unless
   * that would count against it: `maxStale` counts from the last time that the loader vouched for the value, to within a tenth.
   */
  readonly notModified: () => NotModified;
  /** How long this value is fresh in the cache, in place of the `ttl` that was asked for. */
  readonly setTtl: (ttl: Duration) => void;
  /** Notes to keep beside the value, such as an ETag: `lastGood()` has them as `metadata`. With `notModified()`, in place of the old ones. */
  readonly setMeta: (metadata: Metadata) => void;
  /** The value is for those who wait for it now, and is kept neither in the cache nor in the backup. */
  readonly noStore: () => void;
  /** Fails the load, with this error or with an error of this message. */
  readonly fail: (reason: unknown) => never;
}

/** One call of a loader: its context, its deadline, its outcome. */
export class Load<T> implements LoadContext {
  readonly key: string;
  /** The stamp of what comes of it. */
  readonly loadedAt: number;
  readonly lastGood: LoadContext["lastGood"];
  readonly #policy: GetPolicy;
  #controller: AbortController | undefined;
  #loading: Promise<T | NotModified> | undefined;
  #timedOut = false;
  #shown: Entry | undefined;
  #ttl: number;
  #metadata: Metadata | undefined;
  #kept = true;

  constructor(key: string, loadedAt: number, policy: GetPolicy, lastGood: () => Promise<Entry | undefined>, results: Results) {
    this.key = key;
    this.loadedAt = loadedAt;
    this.lastGood = async <V>() => {
      this.#shown = await lastGood();
      return this.#shown && results.of("backup", key, this.#shown as Entry<V>); // a key stands for one type: the caller's business
    };
    this.#policy = policy;
    this.#ttl = policy.ttl;
  }

  // The loader's side. Functions of their own and not methods, so that a loader may take them out of its context by name.

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get notModified(): () => NotModified {
    return () => NOT_MODIFIED;
  }

  get setTtl(): (ttl: Duration) => void {
    return (ttl) => {
      this.#ttl = milliseconds(ttl, "setTtl");
    };
  }

  get setMeta(): (metadata: Metadata) => void {
    return (metadata) => {
      this.#metadata = checkedMetadata(metadata);
    };
  }

  get noStore(): () => void {
    return () => {
      this.#kept = false;
    };
  }

  get fail(): (reason: unknown) => never {
    return (reason) => {
      throw reason instanceof Error ? reason : new Error(messageOf(reason));
    };
  }

  // The datastore's side.

  /** Whether the outcome is to be kept. */
  get isKept(): boolean {
    return this.#kept;
  }

  get timedOut(): boolean {
    return this.#timedOut;
  }

  /** What the loader has been shown for the last good value. */
  get shown(): Entry | undefined {
    return this.#shown;
  }

  /** The value, in time and valid, or what `isNotModified` knows. Rejects with what the loader threw, as it is. */
  run(loader: Loader<T>): Promise<T | NotModified> {
    this.#loading = this.#loadValid(loader);
    return within(this.#loading, this.#policy.timeout, () => {
      throw this.#giveUp();
    });
  }

  isNotModified(value: T | NotModified): value is NotModified {
    return value === NOT_MODIFIED;
  }

  /** The value as an entry of a cache, fresh from now on; with jitter, for somewhat less than its ttl. */
  entry(value: T, now: number): Entry<T> {
    return new Entry(value, this.loadedAt, this.#expiry(now), false, this.#metadata);
  }

  /** A value that is still right. It keeps its time, and with it its record, unless there is something new to keep. */
  renewed(last: Entry<T>, now: number): Entry<T> {
    const metadata = this.#metadata ?? last.metadata;
    const isOld = this.loadedAt - last.loadedAt >= this.#policy.maxStale * VOUCHED_SHARE;
    const loadedAt = isOld || !util().isDeepStrictEqual(metadata, last.metadata) ? this.loadedAt : last.loadedAt;
    return new Entry(last.value, loadedAt, this.#expiry(now), false, metadata);
  }

  /** Hands `keep` the value that comes after the time-out, if one does. Settles well. */
  async late(keep: (value: T) => Promise<void>): Promise<void> {
    try {
      const value = await this.#loading;
      if (value !== undefined && !this.isNotModified(value)) await keep(value);
    } catch {
      // The load has failed already: its callers have been told, of the time-out.
    }
  }

  async #loadValid(loader: Loader<T>): Promise<T | NotModified> {
    const value = await loader(this);
    if (value instanceof Error) throw value;
    if (this.#policy.validate === undefined || this.isNotModified(value)) return value;
    const error = await invalidity<unknown>(this.#policy.validate, value, this);
    if (error !== undefined) throw error;
    return value;
  }

  #expiry(now: number): number {
    return now + this.#ttl * (1 - this.#policy.jitter * Math.random());
  }

  #giveUp(): DatastoreError {
    const { timeout } = this.#policy;
    const message = `the load of ${JSON.stringify(this.key)} took longer than its timeout of ${timeout} ms`;
    const error = new DatastoreError("LOAD_TIMEOUT", message, { key: this.key });
    this.#timedOut = true;
    this.#controller?.abort(error);
    return error;
  }
}

function checkedMetadata(metadata: unknown): Metadata {
  if (typeof metadata !== "object" || metadata === null) throw new TypeError("setMeta needs an object of strings");
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== "string") throw new TypeError(`setMeta needs an object of strings, and its ${name} is of type ${typeof value}`);
  }
  return { ...metadata };
}
