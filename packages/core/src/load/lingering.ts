import type { Flight } from "./flight.ts";

/**
 * Loads that have timed out, and whose loaders may still come up with a value. They are not held here: when nothing can settle a
 * loader's promise any more, its load goes with it, though it never settled.
 */
export class Lingering<F extends Flight> {
  readonly #byKey = new Map<string, Set<WeakRef<F>>>();
  readonly #collected = new FinalizationRegistry<{ readonly key: string; readonly ref: WeakRef<F> }>(({ key, ref }) => this.#remove(key, ref));

  add(flight: F): void {
    const { key } = flight;
    const ref = new WeakRef(flight);
    const others = this.#byKey.get(key);
    if (others === undefined) this.#byKey.set(key, new Set([ref]));
    else others.add(ref);
    this.#collected.register(flight, { key, ref });
    void flight.lingers?.then(() => this.#remove(key, ref));
  }

  *of(key: string): Iterable<F> {
    for (const ref of this.#byKey.get(key) ?? []) {
      const flight = ref.deref();
      if (flight !== undefined) yield flight;
    }
  }

  keys(): Iterable<string> {
    return this.#byKey.keys();
  }

  #remove(key: string, ref: WeakRef<F>): void {
    const refs = this.#byKey.get(key);
    refs?.delete(ref);
    if (refs?.size === 0) this.#byKey.delete(key);
  }
}
