import { type ArgumentsOf, type Defined, define, type Definition, type Gets, type KeyOf } from "./define.ts";
import type { Duration } from "./time/duration.ts";
import { mustBe } from "./base/shown.ts";
import { isNamespaceName, nestedName, storedKeyIn } from "./base/stored-key.ts";
import type { Loader } from "./load/loader.ts";
import type { GetOptions, SetOptions } from "./options/options.ts";
import type { Result } from "./entry/result.ts";

/** What a namespace needs of a datastore: its calls by stored key. */
export interface Keyed extends Gets {
  set(key: string, value: unknown, options?: Duration | SetOptions): Promise<void>;
}

/**
 * A datastore's stores under keys of its own. Loaders, events and `health()` show the key `k` of the namespace `n` as `"n\0k"`;
 * no key of the datastore itself is equal to it, `"n\0k"` included.
 */
export class Namespace {
  readonly #datastore: Keyed;
  #name: string;

  constructor(datastore: Keyed, name: string) {
    if (typeof name !== "string") throw new TypeError(mustBe("namespace: name", "a string", name));
    if (!isNamespaceName(name)) throw new RangeError(mustBe("namespace: name", "a string with something in it, without U+0000", name));
    this.#datastore = datastore;
    this.#name = name;
  }

  get<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<T> {
    return this.#datastore.get(this.#full(key), loader, options);
  }

  getResult<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<Result<T>> {
    return this.#datastore.getResult(this.#full(key), loader, options);
  }

  set(key: string, value: unknown, options?: Duration | SetOptions): Promise<void> {
    return this.#datastore.set(this.#full(key), value, options);
  }

  expire(key: string): Promise<void> {
    return this.#datastore.expire(this.#full(key));
  }

  delete(key: string): Promise<void> {
    return this.#datastore.delete(this.#full(key));
  }

  peekBackup<T = unknown>(key: string): Promise<Result<T> | undefined> {
    return this.#datastore.peekBackup<T>(this.#full(key));
  }

  define<K extends KeyOf, T>(definition: Definition<K, T>): Defined<ArgumentsOf<K>, T> {
    return define(this, definition);
  }

  /** A namespace within this one. */
  namespace(name: string): Namespace {
    const inner = new Namespace(this.#datastore, name);
    inner.#name = nestedName(this.#name, inner.#name);
    return inner;
  }

  /** What is no string stays what it is: the datastore says so. */
  #full(key: string): string {
    return typeof key === "string" ? storedKeyIn(this.#name, key) : key;
  }
}
