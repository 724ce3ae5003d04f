/** A map of the last `atLeast` keys that were set, and of at most twice as many, so that memory does not grow with the number of keys. */
export class RecentMap<V extends NonNullable<unknown>> {
  readonly #atLeast: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  constructor(atLeast: number) {
    this.#atLeast = atLeast;
  }

  get isEmpty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0;
  }

  get(key: string): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, value: V): void {
    // Deleting the oldest key one at a time would be slow: a Map iterates over the slots of all keys deleted before.
    if (this.#young.size >= this.#atLeast && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  keys(): string[] {
    return [...new Set([...this.#old.keys(), ...this.#young.keys()])];
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
