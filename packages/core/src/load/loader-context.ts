import type { Awaitable } from "../base/async.ts";
import { util } from "../base/builtins.ts";
import { type Duration, milliseconds } from "../time/duration.ts";
import { isError } from "../base/realm.ts";
import { mustBe } from "../base/shown.ts";
import { shownKey } from "../base/stored-key.ts";
import { Entry, type Metadata, type SeenMarks } from "../entry/entry.ts";
import type { Look } from "../marks/look.ts";
import { tagNames } from "../options/checks.ts";
import type { GetPolicy } from "../options/policies.ts";
import { messageOf } from "../report/errors.ts";
import { type LoadContext, NOT_MODIFIED, type NotModified } from "./loader.ts";
import type { Results } from "./results.ts";

// The share of `maxStale` by which a backup's stored time may lag behind its last confirmation before `notModified()` rewrites it.
const VOUCHED_SHARE = 0.1;

/** The part of a load that its loader's context uses. */
export interface LoadInContext {
  readonly key: string;
  readonly policy: GetPolicy;
  readonly stamp: number;
  /** A backup older than this many milliseconds does not stand in. */
  maxStale: number;
  lastGood(): Awaitable<Entry | undefined>;
}

/** The argument of a loader, and what the loader has said about its value. */
export class LoaderContext implements LoadContext {
  readonly key: string;
  /** When the load began. */
  readonly loadedAt: number;
  /** Orders the result of the load among the values of its key. */
  readonly stamp: number;
  /** The last good value that the loader has seen. */
  shown: Entry | undefined;
  /** Whether the value is to be kept. */
  isKept = true;
  readonly #policy: GetPolicy;
  readonly #load: LoadInContext;
  readonly #results: Results;
  readonly #look: Look;
  /** The argument of `setTtl`. */
  #ttl: number | undefined;
  #metadata: Metadata | undefined;
  /** The argument of `setTags`. */
  #tags: readonly string[] | undefined;
  #controller: AbortController | undefined;

  constructor(load: LoadInContext, loadedAt: number, results: Results, look: Look) {
    this.key = shownKey(load.key);
    this.loadedAt = loadedAt;
    this.stamp = load.stamp;
    this.#policy = load.policy;
    this.#load = load;
    this.#results = results;
    this.#look = look;
  }

  /** The value as a cache entry that is fresh from `now` on, for its ttl less the jitter. */
  entry(value: unknown, now: number): Entry {
    return new Entry(value, this.loadedAt, this.#expiry(now), false, this.#metadata, this.stamp, now, 0, undefined, this.#look.seen(this.#tags));
  }

  /** The value after `notModified()`. It keeps its time and its record, unless its age or its metadata call for a new one. */
  renewed(last: Entry, now: number): Entry {
    const metadata = this.#metadata ?? last.metadata;
    const marks = this.#tags === undefined ? this.#look.renewed(last.marks) : this.#look.seen(this.#tags);
    const isOld = this.loadedAt - last.loadedAt >= this.#policy.maxStale * VOUCHED_SHARE;
    const { loadedAt, stamp } = isOld || !hasSameNotes(last, metadata, marks) ? this : last;
    return new Entry(last.value, loadedAt, this.#expiry(now), false, metadata, stamp).marked(marks);
  }

  /** How long a backup may be cached if the load fails. Infinity is meant for a value: the loader would never be called again. */
  get ttlOfFailure(): number | undefined {
    return this.#ttl === Infinity ? undefined : this.#ttl;
  }

  abort(reason: unknown): void {
    this.#controller?.abort(reason);
  }

  /** A whole number of milliseconds from now, which an entry keeps in less memory. */
  #expiry(now: number): number {
    const ttl = this.#ttl ?? this.#policy.ttl;
    return now + Math.min(ttl, Math.ceil(ttl * (1 - this.#policy.jitter * Math.random())));
  }

  // Getters that return functions, so that a loader can destructure its context.

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

  get setTags(): (tags: readonly string[]) => void {
    return (tags) => {
      this.#tags = tagNames(tags, "setTags: tags");
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

/** Whether the record in the backup has this metadata, and marks of these names. */
function hasSameNotes(last: Entry, metadata: Metadata | undefined, marks: SeenMarks | undefined): boolean {
  const names = (of: SeenMarks = []): readonly string[] => of.map(([mark]) => mark).toSorted();
  return util().isDeepStrictEqual([metadata, names(marks)], [last.metadata, names(last.marks)]);
}

function checkedMetadata(metadata: unknown): Metadata {
  if (typeof metadata !== "object" || metadata === null) throw new TypeError(mustBe("setMeta: metadata", "an object of strings", metadata));
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== "string") throw new TypeError(mustBe(`setMeta: metadata.${name}`, "a string", value));
  }
  return { ...metadata };
}
