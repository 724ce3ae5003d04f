import { type Awaitable, isPromiseLike } from "../base/async.ts";
import type { Cache } from "../cache/cache.ts";
import { type Entry, isEntryOrNothing } from "../entry/entry.ts";
import { marksOf } from "./look.ts";
import type { Marks, Versions } from "./marks.ts";

/** The cached copies as answers: one is no longer fresh once a mark of it has been set. */
export class Copies {
  readonly #cache: Cache;
  readonly #marks: Marks;
  /** Whether each read is a round trip. Then the marks of a key are read together with its copy. */
  readonly #isFar: boolean;
  readonly #now: () => number;
  readonly #judge = (entry: Entry | undefined): Awaitable<Entry | undefined> => this.#judged(entry);

  constructor(cache: Cache, marks: Marks, isFar: boolean, now: () => number) {
    this.#cache = cache;
    this.#marks = marks;
    this.#isFar = isFar;
    this.#now = now;
  }

  /** The copy of the key, fresh or not. Never fails. The path of every hit: without marks, it allocates nothing. */
  find(key: string, tags: readonly string[]): Awaitable<Entry | undefined> {
    if (this.#isFar) {
      const marks = marksOf(key, tags);
      if (marks.length > 0) return this.#findWith(marks, key);
    }
    const found = this.#cache.find(key);
    return isEntryOrNothing(found) ? this.#judged(found) : found.then(this.#judge);
  }

  /** Like `find`, but rejects if the cache fails, and emits no event. */
  async peek(key: string): Promise<Entry | undefined> {
    return this.#judged(await this.#cache.peek(key));
  }

  isFresh(entry: Entry, now: number): boolean {
    return this.#cache.isFresh(entry, now);
  }

  async #findWith(marks: readonly string[], key: string): Promise<Entry | undefined> {
    const [found, versions] = this.#cache.together(() => [this.#cache.find(key), this.#marks.versionsOf(marks)] as const);
    return this.#judged(await found, versions);
  }

  #judged(entry: Entry | undefined, versions?: Versions): Awaitable<Entry | undefined> {
    return entry?.marks === undefined ? entry : this.#unlessOutdated(entry, versions);
  }

  #unlessOutdated(entry: Entry, versions: Versions | undefined): Awaitable<Entry> {
    if (!this.#cache.isFresh(entry, this.#now())) return this.#beforeLoad(entry, entry);
    const isOutdated = this.#marks.isOutdated(entry, versions);
    if (isPromiseLike(isOutdated)) return isOutdated.then((is) => (is ? entry.outdated() : entry));
    return isOutdated ? this.#beforeLoad(entry, entry.outdated()) : entry;
  }

  /** A load follows, whose value may have the same tags: what is set by then must be known when it begins. */
  #beforeLoad({ marks = [] }: Entry, answer: Entry): Awaitable<Entry> {
    const learnt = this.#marks.learnPresent(marks.map(([mark]) => mark));
    return learnt === undefined ? answer : learnt.then(() => answer);
  }
}
