/** A map that remembers the last `atLeast` keys that were set, and never more than twice as many: memory must not grow with keys. */
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
    // Taking out the oldest one by one would be dear: a Map walks over the places of those that went before.
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
