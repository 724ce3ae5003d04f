import { storedKey } from "./base/stored-key.ts";
import { type ArgumentsOf, type Defined, define, type Definition, type Gets, type KeyOf } from "./define.ts";
import { mustBe, shown } from "./base/shown.ts";
import type { ClearResult } from "./clearing.ts";
import type { Entry } from "./entry/entry.ts";
import type { Result } from "./entry/result.ts";
import type { LoadMany } from "./load/load-many.ts";
import type { Loader } from "./load/loader.ts";
import type { Answers, ManyResult, NamedKey } from "./many.ts";
import type { GetOptions, SetOptions } from "./options/options.ts";
import type { StandardSchema, Validated } from "./options/validate.ts";
import type { Duration } from "./time/duration.ts";

/** The calls about keys, by stored key. */
export interface Keyed extends Gets {
  getMany(caller: string, keys: readonly NamedKey[], loadMany: LoadMany<unknown>, options?: Duration | GetOptions<never>): Promise<Answers>;
  resultOf(key: string, answer: Entry | Result<unknown>): Result<unknown>;
  set(key: string, value: unknown, options?: Duration | SetOptions): Promise<void>;
  /** What was loaded before now and has this mark is no longer fresh. */
  setMark(mark: string): Promise<void>;
  /** Deletes every stored key that `isMeant`. */
  clear(isMeant: (key: string) => boolean): Promise<ClearResult>;
}

/** The methods that a datastore and its namespaces share. */
export abstract class Keyspace {
  readonly #calls: Keyed;
  readonly #storedKey: (key: string) => string;

  /** `toStored` turns a key of this space into its stored key. */
  constructor(calls: Keyed, toStored: (key: string) => string = storedKey) {
    this.#calls = calls;
    // A key that is no string is refused by the call itself.
    this.#storedKey = (key) => (typeof key === "string" ? toStored(key) : key);
  }

  /**
   * The value of `key`: from the cache while it is fresh, else from `loader`, and from the backup when the loader fails.
   *
   * Rejects only with what is listed below, and never because a store is slow, full, down or damaged.
   *
   * `options` is a ttl (`"5m"` where it is left out), or an object of `GetOptions`. With a schema for `validate`, the answer has its type.
   *
   * @throws the loader's own error, the same object, if there is no backup; also a `GoneError` or `DeniedError`, whatever there is
   * @throws the reason of an aborted `signal`
   * @throws {DatastoreError} `LOAD_TIMEOUT`, if the load takes longer than `timeout` and there is no backup
   * @throws {DatastoreError} `INVALID_VALUE`, if the value does not pass `validate` and there is no backup
   * @throws {DatastoreError} `NOTHING_TO_RENEW`, if the loader says `notModified()` and there is no backup
   * @throws {DatastoreError} `RECURSIVE_LOAD`, if a loader asks for its own key and there is no backup
   * @throws {DatastoreError} `CLOSED`, after `close()`
   * @throws {TypeError} for an argument or option of a wrong type, which the message names
   * @throws {RangeError} for an option out of its range, which the message names
   *
   * @example
   * const feed = await datastore.get("feed", loadFeed, "5m");
   * const user = await datastore.get("user:7", () => loadUser(7), { ttl: "1h", maxStale: "7d" });
   * const newest = await datastore.get("feed", loadFeed, { ttl: "5m", refresh: true });
   * const checked = await datastore.get("user:7", () => loadUser(7), { validate: userSchema }); // of the type of the schema
   */
  get<T, S extends StandardSchema = StandardSchema>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T, S>): Promise<Validated<T, S>> {
    return this.#calls.get(this.#storedKey(key), loader, options);
  }

  /**
   * Like `get`, and says where the value comes from and how old it is. Rejects as `get` does.
   *
   * @example
   * const { value, source, stale, age } = await datastore.getResult("feed", loadFeed, "5m");
   * if (stale) console.warn(`the feed is ${Math.round(age / 60_000)} minutes old, and comes from the ${source}`);
   */
  getResult<T, S extends StandardSchema = StandardSchema>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T, S>): Promise<Result<Validated<T, S>>> {
    return this.#calls.getResult(this.#storedKey(key), loader, options);
  }

  /**
   * The values of many keys, in their order: like a `get` of each, but with one look at the cache, and one call of `loadMany` for the
   * keys that the cache does not answer and nobody is loading. Loads under way are joined. A key may come twice.
   *
   * `loadMany` returns a Map, or an array in the order of its keys. A key that it leaves out (`NOT_LOADED`) or gives an `Error` for has
   * failed alone, and is answered by its backup alone. Rejects as `get` does, once all keys are done: with the error of the first key
   * in the list that has no answer. `getManyResults` has an outcome for each.
   *
   * @example
   * const users = await datastore.getMany(["7", "8"], async (ids) => new Map(await Promise.all(ids.map(async (id) => [id, await loadUser(Number(id))] as const))), "1h");
   */
  async getMany<T, S extends StandardSchema = StandardSchema>(keys: readonly string[], loadMany: LoadMany<T>, options?: Duration | GetOptions<T, S>): Promise<Validated<T, S>[]> {
    const outcomes = await this.#many("getMany", keys, loadMany, options);
    return outcomes.map((outcome) => {
      if (outcome.ok) return outcome.result.value;
      throw outcome.error;
    });
  }

  /**
   * Like `getMany`, with what came of each key, in their order: `{ key, ok: true, result }` or `{ key, ok: false, error }`. No key's
   * failure rejects it.
   *
   * @example
   * for (const outcome of await datastore.getManyResults(["7", "8"], (ids) => Promise.all(ids.map((id) => loadUser(Number(id)))))) {
   *   console.log(outcome.key, outcome.ok ? outcome.result.source : outcome.error);
   * }
   */
  getManyResults<T, S extends StandardSchema = StandardSchema>(keys: readonly string[], loadMany: LoadMany<T>, options?: Duration | GetOptions<T, S>): Promise<ManyResult<Validated<T, S>>[]> {
    return this.#many("getManyResults", keys, loadMany, options);
  }

  /** Stores a value in the cache and the backup. Rejects if either write fails. A failed backup write is retried. */
  set(key: string, value: unknown, options?: Duration | SetOptions): Promise<void> {
    return this.#calls.set(this.#storedKey(key), value, options);
  }

  /** Deletes the cached copy, so that the next `get` loads. Keeps the backup. Rejects if the cache fails. */
  expire(key: string): Promise<void> {
    return this.#calls.expire(this.#storedKey(key));
  }

  /** Deletes the cached copy and the backup. Rejects if either store fails. */
  delete(key: string): Promise<void> {
    return this.#calls.delete(this.#storedKey(key));
  }

  /**
   * The cached copy while it is fresh, else the backup, whatever its age, or `undefined`. Calls no loader, counts as no use, and
   * reports no failure: while the cache fails, the backup answers, and while the backup fails, a copy in the cache does, even one
   * that has expired. Rejects if the backup fails and the cache has nothing.
   *
   * @example
   * const seen = await datastore.peek<string>("feed");
   * if (seen !== undefined) console.log(`from the ${seen.source}, ${seen.age} ms old, fresh until ${new Date(seen.expiresAt)}`);
   */
  peek<T = unknown>(key: string): Promise<Result<T> | undefined> {
    return this.#calls.peek<T>(this.#storedKey(key));
  }

  /** The last good value, whatever its age, or `undefined`. Calls no loader. Rejects if the backup cannot be read. */
  peekBackup<T = unknown>(key: string): Promise<Result<T> | undefined> {
    return this.#calls.peekBackup<T>(this.#storedKey(key));
  }

  /**
   * A typed function of its own for one kind of thing: its key, its loader and its options are said once. The function calls `get`;
   * its `result`, `expire`, `delete`, `peek`, `peekBackup` and `keyOf` take the same arguments.
   *
   * Throws `TypeError` at once for a definition that is wrong.
   *
   * @example
   * const user = datastore.define({ key: (id: number) => `user:${id}`, load: (id) => loadUser(id), ttl: "1h" });
   * const { name } = await user(7);
   * await user.expire(7);
   */
  define<K extends KeyOf, T, S extends StandardSchema = StandardSchema>(definition: Definition<K, T, S>): Defined<ArgumentsOf<K>, Validated<T, S>> {
    return define(this, definition);
  }

  async #many<T>(caller: string, keys: readonly string[], loadMany: LoadMany<T>, options?: Duration | GetOptions<T>): Promise<ManyResult<T>[]> {
    const asked = checkedKeys(caller, keys).map((name) => ({ name, key: this.#storedKey(name) }));
    const once = Array.from(new Map(asked.map((named) => [named.key, named])).values());
    const answers = await this.#calls.getMany(caller, once, loadMany, options as GetOptions<never>); // keys stand for one type
    return asked.map(({ name, key }) => {
      const answer = answers.get(key);
      if (answer?.status !== "fulfilled") return { key: name, ok: false, error: answer?.reason as unknown };
      return { key: name, ok: true, result: this.#calls.resultOf(key, answer.value) as Result<T> }; // as above
    });
  }
}

function checkedKeys(caller: string, keys: unknown): string[] {
  if (!Array.isArray(keys)) throw new TypeError(mustBe(`${caller}: keys`, "an array of strings", keys));
  return Array.from(keys as readonly unknown[], (key, index) => {
    if (typeof key === "string") return key;
    throw new TypeError(`${caller}: keys[${index}] must be a string; got ${shown(key)}`);
  });
}
