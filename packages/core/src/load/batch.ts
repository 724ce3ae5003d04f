import { mustBe, shown } from "../base/shown.ts";
import { isError } from "../base/realm.ts";
import { DatastoreError } from "../report/errors.ts";
import type { LoadMany } from "./load-many.ts";
import type { LoadContext, Loader } from "./loader.ts";
import type { EnclosingLoad, LoadNesting } from "./nesting.ts";

/** One call of `loadMany`, and the loads that it is for. */
interface Round {
  /** The load that the call runs within. All others of the round wait for it. */
  readonly leader: EnclosingLoad | undefined;
  readonly contexts: Map<string, LoadContext>;
  readonly loaded: Promise<ReadonlyMap<string, unknown>>;
}

/**
 * Makes one call of `loadMany` of the loads of many keys. Each load is one of its own in all else: its time-out, its fallback, and the
 * callers that join it.
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

  /** All loads have begun that one call is to be made of. Those that begin later share another. */
  begin(): void {
    this.#begin();
  }

  async #join(name: string, context: LoadContext): Promise<unknown> {
    const round = (this.#round ??= this.#newRound());
    round.contexts.set(name, context);
    const place = this.#nesting.enclosing;
    const { leader } = round;
    // Whoever asks for this key within the call would wait for himself, as if it were the leader's.
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

/** What all loads of a call have in common is taken of the first: they began together, under one policy. */
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
