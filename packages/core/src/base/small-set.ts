const FEW = 8;

/**
 * A set that nearly always holds one object or a few. A `Set` would take several times as long to make, and gives each object a hash, which
 * costs more than to look through a few.
 */
export class SmallSet<T extends object> {
  #few: T[] | undefined;
  #many: Set<T> | undefined;

  get size(): number {
    return this.#many?.size ?? this.#few?.length ?? 0;
  }

  /** Whether the object is new here. */
  add(object: T): boolean {
    if (this.#many !== undefined) return this.#many.size < this.#many.add(object).size;
    if (this.#few?.includes(object)) return false;
    if (this.#few === undefined) this.#few = [object]; // takes no more memory than that
    else if (this.#few.push(object) > FEW) this.#many = new Set(this.#few);
    return true;
  }

  clear(): void {
    this.#few = undefined;
    this.#many = undefined;
  }

  /** In the order in which they came. */
  [Symbol.iterator](): IterableIterator<T> {
    return (this.#many ?? this.#few ?? []).values();
  }
}

/** A map that nearly always holds one key. */
export class SmallMap<K, V> {
  #first: { readonly key: K; readonly value: V } | undefined;
  #others: Map<K, V> | undefined;

  has(key: K): boolean {
    return (this.#first !== undefined && this.#first.key === key) || this.#others?.has(key) === true;
  }

  get(key: K): V | undefined {
    return this.#first !== undefined && this.#first.key === key ? this.#first.value : this.#others?.get(key);
  }

  /** For a key that is not there yet. */
  add(key: K, value: V): V {
    if (this.#first === undefined) this.#first = { key, value };
    else (this.#others ??= new Map()).set(key, value);
    return value;
  }
}
