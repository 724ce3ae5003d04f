import type { Duration } from "./duration.ts";
import type { LoadContext, Loader, NotModified } from "./load.ts";
import type { GetOptions } from "./options.ts";
import type { Awaitable } from "./adapter.ts";
import type { Result } from "./result.ts";

/** How to get one kind of thing: its key and its loader, both from the arguments of the function that `define` makes. */
export interface Definition<A extends readonly unknown[], T> extends GetOptions<T> {
  readonly key: string | ((...args: A) => string);
  readonly load: (...args: [...A, LoadContext]) => Awaitable<T | NotModified>;
}

/** Gets the thing, as `get` does; `result` as `getResult` does. The others forget it, or look at its backup. */
export interface Defined<A extends readonly unknown[], T> {
  (...args: A): Promise<T>;
  result(...args: A): Promise<Result<T>>;
  keyOf(...args: A): string;
  expire(...args: A): Promise<void>;
  delete(...args: A): Promise<void>;
  peekBackup(...args: A): Promise<Result<T> | undefined>;
}

interface Gets {
  get<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<T>;
  getResult<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<Result<T>>;
  expire(key: string): Promise<void>;
  delete(key: string): Promise<void>;
  peekBackup<T>(key: string): Promise<Result<T> | undefined>;
}

export function define<A extends readonly unknown[], T>(datastore: Gets, definition: Definition<A, T>): Defined<A, T> {
  const { key, load, ...options } = definition;
  if (typeof key !== "string" && typeof key !== "function") throw new TypeError(`define needs a key that is a string or a function, not ${typeof key}`);
  if (typeof load !== "function") throw new TypeError(`define needs load, a function, not ${typeof load}`);
  const keyOf = (...args: A): string => (typeof key === "string" ? key : key(...args));
  const loader = (args: A): Loader<T> => (context) => load(...args, context);
  const get = async (...args: A): Promise<T> => datastore.get(keyOf(...args), loader(args), options);
  return Object.assign(get, {
    result: async (...args: A) => datastore.getResult(keyOf(...args), loader(args), options),
    keyOf,
    expire: async (...args: A) => datastore.expire(keyOf(...args)),
    delete: async (...args: A) => datastore.delete(keyOf(...args)),
    peekBackup: async (...args: A) => datastore.peekBackup<T>(keyOf(...args)),
  });
}
