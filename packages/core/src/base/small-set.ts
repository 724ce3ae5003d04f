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
