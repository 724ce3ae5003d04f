import { abortable, itself } from "./base/async.ts";
import { mustBe } from "./base/shown.ts";
import type { Duration } from "./time/duration.ts";
import { KeepAlive } from "./time/keep-alive.ts";
import type { DatastoreParts } from "./assemble.ts";
import { Clearing, type ClearResult } from "./clearing.ts";
import { Entry } from "./entry/entry.ts";
import type { Result } from "./entry/result.ts";
import type { LoadMany } from "./load/load-many.ts";
import type { Loader } from "./load/loader.ts";
import { type Answers, getMany, type NamedKey } from "./many.ts";
import type { ReadPath } from "./get/read-path.ts";
import { peek } from "./get/peek.ts";
import type { Keyed } from "./keyspace.ts";
import type { GetOptions, SetOptions } from "./options/options.ts";
import type { GetPolicies } from "./options/get-policies.ts";
import type { GetPolicy } from "./options/policies.ts";
import { DatastoreError } from "./report/errors.ts";

/** The calls about one key, by stored key: those of a datastore and of its namespaces. Each checks its arguments and passes them on. */
export class KeyedCalls implements Keyed {
  readonly keepAlive: KeepAlive = new KeepAlive();
  isClosed = false;
  readonly #parts: DatastoreParts;
  readonly #getPolicies: GetPolicies;
  readonly #readPath: ReadPath;
  #getsUntilCull: number;

  constructor(parts: DatastoreParts) {
    this.#parts = parts;
    this.#getPolicies = parts.getPolicies;
    this.#readPath = parts.readPath;
    this.#getsUntilCull = parts.storePolicy.cullAfter;
  }

  get<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<T> {
    try {
      const policy = this.#admit("get", key, loader, options);
      const found = this.#readPath.fresh(key, loader, policy);
      // Nearly every get ends here: an async function or a closure would be expensive.
      if (found instanceof Entry) return Promise.resolve(found.value);
      return this.#answered(found, key, loader, policy, valueOf);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async getResult<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<Result<T>> {
    const policy = this.#admit("getResult", key, loader, options);
    const found = this.#readPath.fresh(key, loader, policy);
    const answer = found instanceof Entry ? found : await this.#answered(found, key, loader, policy, itself);
    return this.resultOf(key, answer);
  }

  /** The answer to each key once, by stored key. */
  async getMany(caller: string, keys: readonly NamedKey[], loadMany: LoadMany<unknown>, options?: Duration | GetOptions<never>): Promise<Answers> {
    this.admitOpen();
    if (typeof loadMany !== "function") throw new TypeError(mustBe(`${caller}: loadMany`, "a function", loadMany));
    const policy = { ...this.#getPolicies.resolve(options, caller), lease: 0 };
    if (policy.signal?.aborted === true) throw policy.signal.reason; // as in #admit
    for (const _ of keys) this.#countGet();
    const began = this.#parts.now();
    const answers = getMany(this.#parts, keys, loadMany, policy, (answer, key) => this.#reported(answer, key, began));
    return this.keepAlive.during(abortable(answers, policy.signal));
  }

  resultOf<T>(key: string, answer: Entry<T> | Result<T>): Result<T> {
    return answer instanceof Entry ? this.#parts.results.of("cache", key, answer) : answer;
  }

  async set(key: string, value: unknown, options?: Duration | SetOptions): Promise<void> {
    this.#admitKey("set", key);
    const policy = this.#getPolicies.resolve(options, "set");
    await this.keepAlive.during(this.#parts.changes.set(key, value, policy));
  }

  async expire(key: string): Promise<void> {
    this.#admitKey("expire", key);
    await this.keepAlive.during(this.#parts.changes.expire(key));
  }

  async delete(key: string): Promise<void> {
    this.#admitKey("delete", key);
    await this.keepAlive.during(this.#parts.changes.delete(key));
  }

  async setMark(mark: string): Promise<void> {
    this.admitOpen();
    await this.keepAlive.during(this.#parts.marking.set(mark));
  }

  async deleteTag(tag: string): Promise<void> {
    this.admitOpen();
    await this.keepAlive.during(this.#parts.marking.deleteTag(tag));
  }

  async clear(isMeant: (key: string) => boolean): Promise<ClearResult> {
    this.admitOpen();
    return this.keepAlive.during(new Clearing(this.#parts, isMeant).run());
  }

  async peek<T = unknown>(key: string): Promise<Result<T> | undefined> {
    this.#admitKey("peek", key);
    const peeked = await this.keepAlive.during(peek(this.#parts, key));
    return peeked as Result<T> | undefined; // the caller knows the type of a key's values
  }

  async peekBackup<T = unknown>(key: string): Promise<Result<T> | undefined> {
    this.#admitKey("peekBackup", key);
    const entry = await this.keepAlive.during(this.#parts.backup.read(key, () => undefined));
    return entry && this.#parts.results.of("backup", key, entry as Entry<T>); // as in peek
  }

  // Checks of arguments.

  #admit<T>(caller: string, key: string, loader: Loader<T>, options: Duration | GetOptions<T> | undefined): GetPolicy {
    if (typeof key !== "string" || this.isClosed || typeof loader !== "function") this.#refuse(caller, key, loader);
    const policy = this.#getPolicies.resolve(options, caller);
    if (policy.signal?.aborted === true) throw policy.signal.reason; // not throwIfAborted: a polyfill may have none
    this.#countGet();
    return policy;
  }

  /** Apart from the path of every get, so that the compiler can put all of that together. */
  #refuse(caller: string, key: string, loader: unknown): never {
    this.#admitKey(caller, key);
    throw new TypeError(mustBe(`${caller}: loader`, "a function", loader));
  }

  #countGet(): void {
    if (--this.#getsUntilCull <= 0) this.#cull();
  }

  /** Every `cullAfter` gets, a cull in the background: step 7. */
  #cull(): void {
    const { storePolicy, background, culler, events } = this.#parts;
    this.#getsUntilCull = storePolicy.cullAfter;
    background.run(() => culler.cullIfRested().catch((error: unknown) => events.emit("backupFailed", { key: undefined, operation: "cull", error, retry: false })));
  }

  #admitKey(caller: string, key: string): void {
    if (typeof key !== "string") throw new TypeError(mustBe(`${caller}: key`, "a string", key));
    this.admitOpen();
  }

  /** Throws `CLOSED` once the datastore has been closed. */
  admitOpen(): void {
    if (this.isClosed) throw new DatastoreError("CLOSED", "this datastore has been closed; make a new one");
  }

  /** Keeps the process alive until the answer is there or the caller's signal is aborted. */
  #answered<T, U>(
    found: PromiseLike<Entry<T> | undefined> | undefined,
    key: string,
    loader: Loader<T>,
    policy: GetPolicy,
    pick: (answer: Entry<T> | Result<T>) => U,
  ): Promise<U> {
    const { answered, rejected } = this.#parts.events.topics;
    const began = answered.isHeard || rejected.isHeard ? this.#parts.now() : undefined;
    const answer = abortable(this.#readPath.answer(found, key, loader, policy), policy.signal);
    return this.keepAlive.duringThen(began === undefined ? answer : this.#reported(answer, key, began), pick);
  }

  /** Emits an event for the answer, unless it is a hit, which has its own event. */
  #reported<T>(answer: Promise<Entry<T> | Result<T>>, key: string, began: number): Promise<Entry<T> | Result<T>> {
    const { events, now } = this.#parts;
    const { answered, rejected } = events.topics;
    return answer.then(
      (result) => {
        if (!(result instanceof Entry) && result.source !== "cache") answered.emit({ key, source: result.source, stale: result.stale, duration: Math.max(0, now() - began) });
        return result;
      },
      (error: unknown) => {
        rejected.emit({ key, error, duration: Math.max(0, now() - began) });
        throw error;
      },
    );
  }
}

function valueOf<T>({ value }: { readonly value: T }): T {
  return value;
}
