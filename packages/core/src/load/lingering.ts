import type { Flight } from "./flight.ts";

/**
 * Loads that have timed out, whose loaders may still return a value. They are referenced weakly: a load whose promise nothing can settle
 * any more is garbage-collected.
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
