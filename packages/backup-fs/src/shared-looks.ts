import { type Listing, listingOf, type Look } from "./contents.ts";

/** So many directories are remembered, each with some hundred names. */
const MOST = 64;

interface Latest {
  readonly number: number;
  readonly listing: Promise<Listing | undefined>;
}

/**
 * Reads that arrive together list each directory once, and not once each.
 *
 * A read takes a listing of another one only if that began after the read was asked for, so it sees all that was there by then. And
 * only if it began after the listing of the level above: a record may be pruned there once a newer one is in a deeper level, and a
 * read must see one of the two.
 */
export class SharedLooks {
  readonly #latest = new Map<string, Latest>();
  #begun = 0;
  /** The reads under way, in the order in which they were asked for. */
  readonly #reads = new Set<{ readonly since: number }>();

  /** Runs a read. It may look again: it then gets later listings. */
  async run<T>(read: (look: Look) => Promise<T>): Promise<T> {
    const asked = { since: this.#begun };
    this.#reads.add(asked);
    try {
      return await read(this.#look(asked.since));
    } finally {
      this.#reads.delete(asked);
      this.#forget();
    }
  }

  /** Drops the listings that no read may take any more. A garbage collection would copy each of them. */
  #forget(): void {
    const [first] = this.#reads;
    for (const [path, { number }] of this.#latest) {
      if (first !== undefined && number > first.since) return;
      this.#latest.delete(path);
    }
  }

  #look(asked: number): Look {
    let since = asked;
    return (path, isReal) => {
      const known = this.#latest.get(path);
      const taken = known !== undefined && known.number > since ? known : this.#begin(path, isReal);
      since = taken.number;
      return taken.listing;
    };
  }

  #begin(path: string, isReal: boolean): Latest {
    this.#begun++;
    const begun = { number: this.#begun, listing: listingOf(path, isReal) };
    this.#latest.delete(path); // it is now the latest of all
    this.#latest.set(path, begun);
    for (const oldest of this.#latest.keys()) {
      if (this.#latest.size <= MOST) break;
      this.#latest.delete(oldest);
    }
    return begun;
  }
}
