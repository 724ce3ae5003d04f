import type { Stamps } from "../backup/stamps.ts";
import { type Awaitable, isPromiseLike, mapAwaitable } from "../base/async.ts";
import { isError } from "../base/realm.ts";
import type { Entry } from "../entry/entry.ts";
import type { TryRelease } from "../cache/key-leases.ts";
import type { Result } from "../entry/result.ts";
import type { GetPolicy } from "../options/policies.ts";
import type { Outages } from "../outage/outages.ts";
import { DatastoreError } from "../report/errors.ts";
import type { Events } from "../report/events.ts";
import type { Failure } from "./failure.ts";
import type { Fallback } from "./fallback.ts";
import { Flight } from "../load/flight.ts";
import type { Keeper } from "./keeper.ts";
import type { Leasing } from "../load/leasing.ts";
import { type CallingLoad, LoaderCall } from "../load/loader-call.ts";
import { LoaderContext } from "../load/loader-context.ts";
import { type Look, look } from "../marks/look.ts";
import type { Marks } from "../marks/marks.ts";
import { isNotModified, type Loader } from "../load/loader.ts";
import type { EnclosingLoad, LoadNesting } from "../load/nesting.ts";
import type { Results } from "../load/results.ts";
import type { LoadWraps } from "../load/load-wraps.ts";

export interface LoadParts {
  readonly nesting: LoadNesting;
  readonly keeper: Keeper;
  readonly fallback: Fallback;
  readonly leasing: Leasing;
  readonly loadWraps: LoadWraps;
  readonly marks: Marks;
  readonly stamps: Stamps;
  readonly outages: Outages;
  readonly results: Results;
  readonly events: Events;
  readonly now: () => number;
}

/** Step 3 of a get: calls the loader, and ends with a stored value or with a failure that each caller judges. */
export class Load extends Flight<Result<unknown> | Failure> implements CallingLoad {
  /** Its place among nested loads, so that no load waits for itself. */
  readonly place: EnclosingLoad;
  readonly #parts: LoadParts;
  #loader: Loader<unknown> | undefined;
  #release: TryRelease | undefined;
  #whenAnswered: (() => void)[] | undefined;

  constructor(key: string, loader: Loader<unknown>, policy: GetPolicy, asker: EnclosingLoad | undefined, parts: LoadParts) {
    super(key, policy);
    this.place = parts.nesting.place(key, asker);
    this.#loader = loader;
    this.#parts = parts;
  }

  /** Resolves when the loader has ended with a value or an error. Does not wait for writes. */
  get whenAnswered(): Promise<void> {
    return this.hasAnswered ? Promise.resolve() : new Promise((resolve) => void (this.#whenAnswered ??= []).push(resolve));
  }

  /** The value that `lastGood()` returns and `notModified()` renews. */
  lastGood(): Awaitable<Entry | undefined> {
    return this.#parts.fallback.lastGood(this.key).for(this.policy);
  }

  override over(): void {
    this.#parts.nesting.leave(this.place);
    if (this.#release !== undefined) void Promise.resolve(this.aftermath).then(this.#release);
  }

  protected run(): Awaitable<void> {
    const isLeased = this.policy.lease > 0 && !this.policy.refresh;
    return this.#parts.nesting.within(this.place, () => (isLeased ? this.#leased() : this.#load()));
  }

  /** One of many processes loads, and the others share its outcome. */
  async #leased(): Promise<void> {
    const leased = await this.#parts.leasing.take(this);
    if ("answer" in leased) return this.endWith(() => this.#adopt(leased.answer));
    this.#release = leased.release;
    await this.#load();
  }

  #adopt(answer: Entry): Result<unknown> {
    this.#loader = undefined;
    this.#answer();
    return this.#parts.results.of("cache", this.key, answer);
  }

  #load(): Awaitable<void> {
    const { marks, stamps, now } = this.#parts;
    const began = now();
    this.stamp = stamps.next(this.key, began);
    const looking = look(marks, this.key, this.policy.tags, began);
    return isPromiseLike(looking) ? looking.then((seen) => this.#call(seen, began)) : this.#call(looking, began);
  }

  /** Drops the loader before its only call, because its closure may hold much memory. Calls come back in place of `await`, which costs promises. */
  #call(seen: Look, began: number): void {
    const loader = this.#loader;
    this.#loader = undefined;
    this.look = seen;
    const call = new LoaderCall(new LoaderContext(this, began, this.#parts.results, seen), this);
    if (loader !== undefined) call.begin(loader, this.#parts.loadWraps);
  }

  /** A value that has no entry is a failure. */
  returned(returned: unknown, call: LoaderCall): void {
    const ended = this.#parts.now();
    const kept = (entry: Entry): void => this.endWith(() => this.#kept(entry, call, ended));
    void mapAwaitable(() => this.#entry(returned, call, ended), kept, (error) => this.threw(error, call));
  }

  threw(error: unknown, call: LoaderCall): void {
    this.endWith(() => this.#failed(error, call));
  }

  #entry(returned: unknown, call: LoaderCall, ended: number): Awaitable<Entry> {
    const value = call.valueOrThrow(returned);
    return isNotModified(value) ? this.#renewed(call.context) : call.context.entry(value, ended);
  }

  #kept(entry: Entry, { context }: LoaderCall, ended: number): Awaitable<Result<unknown>> {
    const { keeper, outages, results, events } = this.#parts;
    this.#answer();
    events.emit("loaded", { key: this.key, loadedAt: entry.loadedAt, duration: Math.max(0, ended - context.loadedAt) });
    outages.recovered(this.key, ended);
    const kept = keeper.keep(this, entry, context);
    return isPromiseLike(kept) ? kept.then(() => results.of("loader", this.key, entry)) : results.of("loader", this.key, entry);
  }

  #failed(error: unknown, call: LoaderCall): Failure {
    const { fallback, events, now } = this.#parts;
    const { context, hasTimedOut, hasValue } = call;
    this.#answer();
    events.emit("loadFailed", { key: this.key, error, duration: Math.max(0, now() - context.loadedAt) });
    if (hasTimedOut) this.lingers = this.#keepLate(call);
    // Once there is a value, setTtl was about the value.
    const failure = fallback.failed(this, error, hasValue || hasTimedOut ? undefined : context.ttlOfFailure);
    const settling = failure.settle();
    if (isPromiseLike(settling)) this.aftermath = settling;
    return failure;
  }

  #answer(): void {
    this.hasAnswered = true;
    for (const resolve of this.#whenAnswered ?? []) resolve();
    this.#whenAnswered = undefined;
  }

  /** The last good value, fresh again. */
  async #renewed(context: LoaderContext): Promise<Entry> {
    const last = context.shown ?? (await this.lastGood());
    if (last !== undefined) return context.renewed(last, this.#parts.now());
    throw new DatastoreError("NOTHING_TO_RENEW", `the loader of ${JSON.stringify(this.key)} said notModified(), and there is no backup`, { key: this.key });
  }

  /** Stores a value that comes after the time-out. Never rejects. */
  async #keepLate(call: LoaderCall): Promise<void> {
    const { keeper, now } = this.#parts;
    try {
      const value = await call.late();
      if (value !== undefined && !isError(value) && !isNotModified(value)) await keeper.keepLate(this, call.context.entry(value, now()), call.context);
    } catch {
      // The callers already have the time-out as their error.
    }
  }
}
