import { type Awaitable, isPromiseLike } from "./base/async.ts";
import { mustBe, shown } from "./base/shown.ts";
import { optionsObject } from "./options/checks.ts";
import type { Duration } from "./time/duration.ts";
import type { LoadContext, Loader, NotModified } from "./load/loader.ts";
import type { GetOptions } from "./options/options.ts";
import type { StandardSchema } from "./options/validate.ts";
import { checkedGetOptions } from "./options/policies.ts";
import type { Result } from "./entry/result.ts";

/** How a definition names its things: always the same, or after the arguments of the function that `define` makes. */
export type KeyOf = string | ((...args: never) => string);

/** The arguments of a function that `define` makes: those of its `key` function. */
export type ArgumentsOf<K extends KeyOf> = K extends (...args: infer A) => string ? A : [];

/** How to get one kind of thing: its key and its loader, both from the arguments of the function that `define` makes. */
export interface Definition<K extends KeyOf, T, S extends StandardSchema = StandardSchema> extends Omit<GetOptions<T, S>, "tags"> {
  readonly key: K;
  /**
   * As in `get`, or a function that gets the arguments that `key` gets.
   * @default none
   */
  readonly tags?: readonly string[] | ((...args: ArgumentsOf<K>) => readonly string[]) | undefined;
  /** Gets the arguments that `key` gets, and the context of the load after them. */
  readonly load: (...args: [...ArgumentsOf<K>, LoadContext]) => Awaitable<T | NotModified>;
}

/** Gets the thing, as `get` does; `result` as `getResult` does. The others forget it, or look at what is kept of it. */
export interface Defined<A extends readonly unknown[], T> {
  (...args: A): Promise<T>;
  result(...args: A): Promise<Result<T>>;
  keyOf(...args: A): string;
  expire(...args: A): Promise<void>;
  delete(...args: A): Promise<void>;
  peek(...args: A): Promise<Result<T> | undefined>;
  peekBackup(...args: A): Promise<Result<T> | undefined>;
}

export interface Gets {
  get<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<T>;
  getResult<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<Result<T>>;
  expire(key: string): Promise<void>;
  delete(key: string): Promise<void>;
  peek<T>(key: string): Promise<Result<T> | undefined>;
  peekBackup<T>(key: string): Promise<Result<T> | undefined>;
}

export function define<K extends KeyOf, T>(datastore: Gets, definition: Definition<K, T>): Defined<ArgumentsOf<K>, T> {
  const { key, load, tags, ...options } = optionsObject(definition, "define") as Definition<K, T>; // checked right below
  if (typeof key !== "string") refuseNoKey(key);
  if (typeof load !== "function") throw new TypeError(mustBe("define: load", "a function", load));
  checkedGetOptions(typeof tags === "function" ? options : { ...options, tags }, "define");
  type Arguments = ArgumentsOf<K>;
  // What a function for a key takes is what ArgumentsOf takes from its type.
  const keyOf = (...args: Arguments): string => (typeof key === "string" ? key : keyNow((key as (...args: Arguments) => unknown)(...args)));
  const loader = (args: Arguments): Loader<T> => (context) => load(...args, context);
  const optionsOf = (args: Arguments): GetOptions<T> => (tags === undefined ? options : { ...options, tags: typeof tags === "function" ? tags(...args) : tags });
  const get = async (...args: Arguments): Promise<T> => datastore.get(keyOf(...args), loader(args), optionsOf(args));
  return Object.assign(get, {
    result: async (...args: Arguments) => datastore.getResult(keyOf(...args), loader(args), optionsOf(args)),
    keyOf,
    expire: async (...args: Arguments) => datastore.expire(keyOf(...args)),
    delete: async (...args: Arguments) => datastore.delete(keyOf(...args)),
    peek: async (...args: Arguments) => datastore.peek<T>(keyOf(...args)),
    peekBackup: async (...args: Arguments) => datastore.peekBackup<T>(keyOf(...args)),
  });
}

function refuseNoKey(key: unknown): void {
  if (typeof key !== "function") throw new TypeError(mustBe("define: key", "a string or a function", key));
  if (Object.prototype.toString.call(key) === "[object AsyncFunction]") throw new TypeError("define: key must be a function that answers at once; got an async function");
}

function keyNow(key: unknown): string {
  if (typeof key === "string") return key;
  if (isPromiseLike(key)) Promise.resolve(key).catch(() => {}); // nobody waits for it
  throw new TypeError(`define: key must be a function that returns a string; got one that returned ${isPromiseLike(key) ? "a promise" : shown(key)}`);
}
