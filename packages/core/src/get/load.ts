import type { Stamps } from "../backup/stamps.ts";
import { withDeadline } from "../base/async.ts";
import { isError } from "../base/realm.ts";
import type { Entry } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";
import type { GetPolicy } from "../options/policies.ts";
import { validationError } from "../options/validate.ts";
import type { Outages } from "../outage/outages.ts";
import { DatastoreError } from "../report/errors.ts";
import type { Events } from "../report/events.ts";
import type { Fallback } from "./fallback.ts";
import { Flight } from "./flight.ts";
import type { Keeper } from "./keeper.ts";
import { LoaderContext } from "./loader-context.ts";
import { isNotModified, type Loader } from "./loader.ts";
import type { EnclosingLoad, LoadNesting } from "./nesting.ts";
import type { Results } from "./results.ts";

export interface LoadParts {
  readonly nesting: LoadNesting;
  readonly keeper: Keeper;
  readonly fallback: Fallback;
  readonly stamps: Stamps;
  readonly outages: Outages;
  readonly results: Results;
  readonly events: Events;
  readonly now: () => number;
}

/** Step 3 of a get: one load, from the call of its loader to a value that is kept or a backup that stands in. */
export class Load extends Flight<Result<unknown>> {
  readonly #loader: Loader<unknown>;
  readonly #asker: EnclosingLoad | undefined;
  readonly #parts: LoadParts;
  #timedOut = false;
  #calling: Promise<unknown> | undefined;

  constructor(key: string, loader: Loader<unknown>, policy: GetPolicy, asker: EnclosingLoad | undefined, parts: LoadParts) {
    super(key, policy);
    this.#loader = loader;
    this.#asker = asker;
    this.#parts = parts;
  }

  protected run(): Promise<Result<unknown>> {
    return this.#parts.nesting.within(this.key, this.#asker, () => this.#load());
  }

  async #load(): Promise<Result<unknown>> {
    const { keeper, fallback, stamps, outages, results, events, now } = this.#parts;
    const { key, policy } = this;
    const began = now();
    const lastGood = (): Promise<Entry | undefined> => fallback.lastGood(key, policy);
    const context = new LoaderContext(key, began, stamps.next(key, began), policy, lastGood, results);
    let entry: Entry;
    try {
      const value = await this.#call(context);
      entry = isNotModified(value) ? await this.#renewed(context) : context.entry(value, now());
    } catch (error) {
      if (this.#timedOut) this.lingers = this.#keepLate(context);
      events.emit("loadFailed", { key, error, duration: Math.max(0, now() - began) });
      return fallback.answer(this, error);
    }
    events.emit("loaded", { key, loadedAt: entry.loadedAt, duration: Math.max(0, now() - began) });
    outages.recovered(key, now());
    await keeper.keep(this, entry, context);
    return results.of("loader", key, entry);
  }

  /** Calls the loader: the value, in time and valid, or what `isNotModified` knows. Rejects with what the loader threw, as it is. */
  #call(context: LoaderContext): Promise<unknown> {
    this.#calling = this.#callValid(context);
    return withDeadline(this.#calling, this.policy.timeout, () => {
      throw this.#timeOut(context);
    });
  }

  async #callValid(context: LoaderContext): Promise<unknown> {
    const value = await this.#loader(context);
    if (isError(value)) throw value;
    if (this.policy.validate === undefined || isNotModified(value)) return value;
    const error = await validationError(this.policy.validate, value, context);
    if (error !== undefined) throw error;
    return value;
  }

  #timeOut(context: LoaderContext): DatastoreError {
    const { timeout } = this.policy;
    const message = `the load of ${JSON.stringify(this.key)} took longer than its timeout of ${timeout} ms`;
    const error = new DatastoreError("LOAD_TIMEOUT", message, { key: this.key });
    this.#timedOut = true;
    context.abort(error);
    return error;
  }

  /** The last good value, fresh again. */
  async #renewed(context: LoaderContext): Promise<Entry> {
    const { key, policy } = this;
    const last = context.shown ?? (await this.#parts.fallback.lastGood(key, policy));
    if (last !== undefined) return context.renewed(last, this.#parts.now());
    throw new DatastoreError("NOTHING_TO_RENEW", `the loader of ${JSON.stringify(key)} said notModified(), and there is no backup`, { key });
  }

  /** Keeps the value that comes after the time-out, if one does. Settles well. */
  async #keepLate(context: LoaderContext): Promise<void> {
    const { keeper, now } = this.#parts;
    try {
      const value = await this.#calling;
      if (value !== undefined && !isNotModified(value)) await keeper.keepLate(this, context.entry(value, now()), context);
    } catch {
      // The load has failed already: its callers have been told, of the time-out.
    }
  }
}
