import { shownKey } from "../base/stored-key.ts";
import { isDatastoreError, messageOf } from "../report/errors.ts";
import { warn } from "../report/warnings.ts";

/** A key whose value the codec refuses, so that it has no backup. */
export interface Unprotected {
  readonly key: string;
  /** The refused part of the value, such as `value.items[3].fn`. */
  readonly path: string;
  /** Why the codec refuses it. */
  readonly reason: string;
  /** Epoch milliseconds of the first such value. */
  readonly since: number;
}

const MOST = 1_000;

/** Keys whose value the codec refuses. Without this list, nobody would notice before an outage. */
export class UnprotectedKeys {
  readonly #byKey = new Map<string, Unprotected>();
  readonly #warned = new Set<string>();

  [Symbol.iterator](): IterableIterator<Unprotected> {
    return this.#byKey.values();
  }

  keys(): string[] {
    return Array.from(this.#byKey.keys());
  }

  /** `error`: why the value could not be encoded. */
  add(key: string, error: unknown, now: number): void {
    const path = (isDatastoreError(error) ? error.path : undefined) ?? "value";
    const since = this.#byKey.get(key)?.since ?? now;
    this.#byKey.delete(key); // so that the newest come last
    this.#byKey.set(key, { key: shownKey(key), path, reason: messageOf(error), since });
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > MOST && oldest !== undefined) this.#byKey.delete(oldest);
  }

  /** Warns once for each key, as long as it is among the newest thousand. */
  warnOf(key: string, error: unknown): void {
    if (this.#warned.has(key) || this.#warned.size >= MOST) return;
    this.#warned.add(key);
    warn("LASTGOOD_UNSERIALIZABLE", `no backup of ${JSON.stringify(key)}: ${messageOf(error)}`);
  }

  /** Call when a value of the key has been encoded, or the key has been deleted. */
  delete(key: string): void {
    if (this.#byKey.size > 0) this.#byKey.delete(key);
  }
}
