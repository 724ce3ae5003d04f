import { shownKey } from "../base/stored-key.ts";
import { isDatastoreError, messageOf } from "../report/errors.ts";
import { warn } from "../report/warnings.ts";

/** A key whose value no backup can keep. */
export interface Unprotected {
  readonly key: string;
  /** The place in the value, such as `value.items[3].fn`. */
  readonly path: string;
  /** Why it cannot be kept. */
  readonly reason: string;
  /** Epoch milliseconds of the first such value. */
  readonly since: number;
}

const MOST = 1_000;

/** Keys whose value no backup can keep. An outage would be the first to tell. */
export class UnprotectedKeys {
  readonly #byKey = new Map<string, Unprotected>();
  readonly #warned = new Set<string>();

  [Symbol.iterator](): IterableIterator<Unprotected> {
    return this.#byKey.values();
  }

  /** `error` is what encoding the value failed with. */
  add(key: string, error: unknown, now: number): void {
    const path = (isDatastoreError(error) ? error.path : undefined) ?? "value";
    const since = this.#byKey.get(key)?.since ?? now;
    this.#byKey.delete(key); // the newest come last
    this.#byKey.set(key, { key: shownKey(key), path, reason: messageOf(error), since });
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > MOST && oldest !== undefined) this.#byKey.delete(oldest);
  }

  /** A warning for each key, once; and for the newest thousand of very many, no more. */
  warnOf(key: string, error: unknown): void {
    if (this.#warned.has(key) || this.#warned.size >= MOST) return;
    this.#warned.add(key);
    warn("LASTGOOD_UNSERIALIZABLE", `no backup of ${JSON.stringify(key)}: ${messageOf(error)}`);
  }

  /** A value of the key has been kept, or the key is gone. */
  delete(key: string): void {
    if (this.#byKey.size > 0) this.#byKey.delete(key);
  }
}
