import { namespaceMark } from "./marks/mark-names.ts";
import { mustBe } from "./base/shown.ts";
import type { ClearResult } from "./clearing.ts";
import { isNamespaceName, isStoredIn, nestedName, storedKeyIn } from "./base/stored-key.ts";
import { type Keyed, Keyspace } from "./keyspace.ts";

/**
 * A datastore's stores under keys of its own. Loaders, events and `health()` show the key `k` of the namespace `n` as `"n\0k"`;
 * no key of the datastore itself is equal to it, `"n\0k"` included.
 */
export class Namespace extends Keyspace {
  readonly #calls: Keyed;
  readonly #name: string;

  /** `outer`: the name of the namespace that this one is within. */
  constructor(calls: Keyed, name: string, outer?: string) {
    if (typeof name !== "string") throw new TypeError(mustBe("namespace: name", "a string", name));
    if (!isNamespaceName(name)) throw new RangeError(mustBe("namespace: name", "a string with something in it, without U+0000", name));
    const fullName = outer === undefined ? name : nestedName(outer, name);
    super(calls, (key) => storedKeyIn(fullName, key));
    this.#calls = calls;
    this.#name = fullName;
  }

  /**
   * With a key, as `expire` of the datastore. Without one: whatever was loaded in this namespace before, and in those within it, is no longer
   * fresh, in every process. The backups stay, and stand in if a load fails. One write to each store, however many keys there are.
   *
   * @example
   * await datastore.namespace("tenant 7").expire();
   */
  override expire(...[key]: [key?: string]): Promise<void> {
    return arguments.length === 0 ? this.#calls.setMark(namespaceMark(this.#name)) : super.expire(key as string); // which checks it
  }

  /**
   * Deletes every key of this namespace and of those within it, as `delete` does: cached copies and backups, for all processes. Walks the whole
   * backup store. Goes on past failures, and then rejects with `STORE_FAILED`: call it again.
   *
   * @example
   * const { deleted } = await datastore.namespace("tenant 7").clear();
   */
  clear(): Promise<ClearResult> {
    return this.#calls.clear((key) => isStoredIn(this.#name, key));
  }

  /** A namespace within this one. */
  namespace(name: string): Namespace {
    return new Namespace(this.#calls, name, this.#name);
  }
}
