import { mustBe, shown } from "../base/shown.ts";
import { isError } from "../base/realm.ts";
import { DatastoreError } from "../report/errors.ts";
import type { LoadMany } from "./load-many.ts";
import type { LoadContext, Loader } from "./loader.ts";
import type { EnclosingLoad, LoadNesting } from "./nesting.ts";

/** One call of `loadMany`, for several loads. */
interface Round {
  /** The load that the call runs within. All others of the round wait for it. */
  readonly leader: EnclosingLoad | undefined;
  readonly contexts: Map<string, LoadContext>;
  readonly loaded: Promise<ReadonlyMap<string, unknown>>;
}

/**
 * Combines the loads of many keys into one call of `loadMany`. In all else each load is separate: it has its own time-out, its own
 * fallback and its own callers.
 */
export class Batch {
  readonly #loadMany: LoadMany<unknown>;
  readonly #nesting: LoadNesting;
  #begin: () => void = () => {};
  readonly #begun: Promise<void> = new Promise((resolve) => (this.#begin = resolve));
  #round: Round | undefined;

  constructor(loadMany: LoadMany<unknown>, nesting: LoadNesting) {
    this.#loadMany = loadMany;
    this.#nesting = nesting;
  }

  /** The loader of one key. `name`: the key as `loadMany` knows it. */
  loaderOf(name: string): Loader<unknown> {
    return (context) => this.#join(name, context);
  }

  /** Call when all loads of one call have begun. Later loads share another call. */
  begin(): void {
    this.#begin();
  }

  async #join(name: string, context: LoadContext): Promise<unknown> {
    const round = (this.#round ??= this.#newRound());
    round.contexts.set(name, context);
    const place = this.#nesting.enclosing;
    const { leader } = round;
    // A get of this key within the call would wait for itself, like one of the leader's key.
    const isApart = place !== undefined && leader !== undefined && place !== leader;
    const loaded = await (isApart ? this.#nesting.waitFor(place, leader, () => round.loaded) : round.loaded);
    const value = loaded.get(name);
    if (value === undefined) throw leftOut(name);
    return value;
  }

  #newRound(): Round {
    const contexts = new Map<string, LoadContext>();
    const loaded = this.#begun.then(() => {
      this.#round = undefined;
      return this.#load(contexts);
    });
    return { leader: this.#nesting.enclosing, contexts, loaded };
  }

  async #load(contexts: ReadonlyMap<string, LoadContext>): Promise<ReadonlyMap<string, unknown>> {
    const names = [...contexts.keys()];
    const answer: unknown = await this.#loadMany([...names], new ManyContext(contexts));
    return byName(answer, names);
  }
}

/** Takes what all loads share from the first: they began together, under one policy. */
class ManyContext {
  readonly #first: LoadContext;
  readonly of: (key: string) => LoadContext;

  constructor(contexts: ReadonlyMap<string, LoadContext>) {
    const [first] = contexts.values();
    if (first === undefined) throw new Error("a call of loadMany is for one key at least");
    this.#first = first;
    this.of = (key) => {
      const context = contexts.get(key);
      if (context === undefined) throw new RangeError(mustBe("of: key", "one of the keys that loadMany was called with", key));
      return context;
    };
  }

  get signal(): AbortSignal {
    return this.#first.signal;
  }

  get ttl(): number {
    return this.#first.ttl;
  }
}

function byName(answer: unknown, names: readonly string[]): ReadonlyMap<string, unknown> {
  if (isError(answer)) throw answer;
  if (Array.isArray(answer) && answer.length === names.length) return new Map(names.map((name, index) => [name, answer[index] as unknown]));
  if (isMap(answer)) return new Map(answer);
  const got = Array.isArray(answer) ? `an array of ${answer.length}` : shown(answer);
  throw new TypeError(`getMany: loadMany must return a Map, or an array of as many items as it was given keys, ${names.length}; got ${got}`);
}

function isMap(value: unknown): value is ReadonlyMap<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Map]"; // of any realm
}

function leftOut(name: string): DatastoreError {
  return new DatastoreError("NOT_LOADED", `loadMany returned nothing for ${JSON.stringify(name)}. Return null for what is known not to exist`, { key: name });
}
