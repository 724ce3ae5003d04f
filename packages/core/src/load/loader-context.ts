import { util } from "../base/builtins.ts";
import { type Duration, milliseconds } from "../time/duration.ts";
import { isError } from "../base/realm.ts";
import { mustBe } from "../base/shown.ts";
import { shownKey } from "../base/stored-key.ts";
import { Entry, type Metadata } from "../entry/entry.ts";
import type { GetPolicy } from "../options/policies.ts";
import { messageOf } from "../report/errors.ts";
import { type LoadContext, NOT_MODIFIED, type NotModified } from "./loader.ts";
import type { Results } from "./results.ts";

// Of maxStale: so much older than its last confirmation a backup may look before it is worth a write that says otherwise.
const VOUCHED_SHARE = 0.1;

/** The load, as far as the context of its loader asks for it. */
export interface LoadInContext {
  readonly key: string;
  readonly policy: GetPolicy;
  readonly stamp: number;
  /** A backup older than this many milliseconds does not stand in. */
  maxStale: number;
  lastGood(): Promise<Entry | undefined>;
}

/** What a loader is handed, and what it says about its value. */
export class LoaderContext implements LoadContext {
  readonly key: string;
  /** When the load began. */
  readonly loadedAt: number;
  /** Orders what comes of the load among the values of its key. */
  readonly stamp: number;
  /** What the loader has been shown for the last good value. */
  shown: Entry | undefined;
  /** Whether the value is to be kept. */
  isKept = true;
  readonly #policy: GetPolicy;
  readonly #load: LoadInContext;
  readonly #results: Results;
  /** What the loader has said with `setTtl`. */
  #ttl: number | undefined;
  #metadata: Metadata | undefined;
  #controller: AbortController | undefined;

  constructor(load: LoadInContext, loadedAt: number, results: Results) {
    this.key = shownKey(load.key);
    this.loadedAt = loadedAt;
    this.stamp = load.stamp;
    this.#policy = load.policy;
    this.#load = load;
    this.#results = results;
  }

  /** The value as an entry of a cache, fresh from now on; with jitter, for somewhat less than its ttl. */
  entry(value: unknown, now: number): Entry {
    return new Entry(value, this.loadedAt, this.#expiry(now), false, this.#metadata, this.stamp);
  }

  /** A value that is still right. It keeps its time, and with it its record, unless there is something new to keep. */
  renewed(last: Entry, now: number): Entry {
    const metadata = this.#metadata ?? last.metadata;
    const isOld = this.loadedAt - last.loadedAt >= this.#policy.maxStale * VOUCHED_SHARE;
    const { loadedAt, stamp } = isOld || !util().isDeepStrictEqual(metadata, last.metadata) ? this : last;
    return new Entry(last.value, loadedAt, this.#expiry(now), false, metadata, stamp);
  }

  /** For how long a backup may be cached if the load fails. For ever is meant for a value: the loader would never be asked again. */
  get ttlOfFailure(): number | undefined {
    return this.#ttl === Infinity ? undefined : this.#ttl;
  }

  abort(reason: unknown): void {
    this.#controller?.abort(reason);
  }

  #expiry(now: number): number {
    return now + (this.#ttl ?? this.#policy.ttl) * (1 - this.#policy.jitter * Math.random());
  }

  // Functions of their own and not methods, so that a loader may take them out of its context by name.

  get lastGood(): LoadContext["lastGood"] {
    return async <V>() => {
      this.shown = await this.#load.lastGood();
      return this.shown && this.#results.of("backup", this.#load.key, this.shown as Entry<V>); // a key stands for one type: the caller's business
    };
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get ttl(): number {
    return this.#policy.ttl;
  }

  get notModified(): () => NotModified {
    return () => NOT_MODIFIED;
  }

  get setTtl(): (ttl: Duration) => void {
    return (ttl) => {
      this.#ttl = milliseconds(ttl, "setTtl: ttl");
    };
  }

  get setMaxStale(): (maxStale: Duration) => void {
    return (maxStale) => {
      this.#load.maxStale = Math.max(0, milliseconds(maxStale, "setMaxStale"));
    };
  }

  get setMeta(): (metadata: Metadata) => void {
    return (metadata) => {
      this.#metadata = checkedMetadata(metadata);
    };
  }

  get noStore(): () => void {
    return () => {
      this.isKept = false;
    };
  }

  get fail(): (reason: unknown) => never {
    return (reason) => {
      throw isError(reason) ? reason : new Error(messageOf(reason));
    };
  }
}

function checkedMetadata(metadata: unknown): Metadata {
  if (typeof metadata !== "object" || metadata === null) throw new TypeError(mustBe("setMeta: metadata", "an object of strings", metadata));
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== "string") throw new TypeError(mustBe(`setMeta: metadata.${name}`, "a string", value));
  }
  return { ...metadata };
}
