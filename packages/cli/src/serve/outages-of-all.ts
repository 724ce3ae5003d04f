import type { Datastore, Inspector, KeyInFallback } from "@lastgood/core";

/** Milliseconds for which a list of outages is good enough: the page asks every two seconds. */
const FRESH = 1_000;

/** The outages that any process has written into the backups, in place of those of this process, which loads nothing. */
export class OutagesOfAll {
  readonly #datastore: Datastore;
  #known: readonly KeyInFallback[] = [];
  #readAt = -Infinity;
  /** The datastore, with these outages. */
  readonly shown: Datastore;

  constructor(datastore: Datastore) {
    this.#datastore = datastore;
    this.shown = instead(datastore, {
      health: () => ({ ...datastore.health(), fallback: this.#known }),
      inspect: () => this.#inspector(),
    });
  }

  /** Reads them again, if it was not just done. A store that fails is told of by the page itself: what was known stays. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#readAt < FRESH) return;
    await this.read().catch(() => undefined);
  }

  /** @throws the error of a store that cannot be read. */
  async read(): Promise<void> {
    this.#readAt = performance.now();
    const found: KeyInFallback[] = [];
    for await (const outage of this.#datastore.outages()) found.push(outage);
    this.#known = found;
  }

  #inspector(): Inspector {
    return instead(this.#datastore.inspect(), { fallback: () => this.#known.map((outage) => ({ ...outage, ref: outage.key })) });
  }
}

/** The same object, with other methods. Its own methods need the object itself. */
function instead<T extends object>(object: T, methods: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value; // what bind returns is any
    },
  });
}
