import { RecentMap } from "../base/recent-map.ts";

interface KnownMark {
  readonly version: number;
  /** How many changes there had been, with this one. */
  readonly count: number;
  /** The version before; `undefined` if none was known. */
  readonly before: number | undefined;
}

/** The versions of marks that this process has read or set. An old one does no harm: a value that counts as older is loaded once more. */
export class KnownMarks {
  readonly #byMark = new RecentMap<KnownMark>(10_000);
  #count = 0;

  /** How many changes there have been. */
  get count(): number {
    return this.#count;
  }

  get(mark: string): number | undefined {
    return this.#byMark.get(mark)?.version;
  }

  learn(mark: string, version: number): void {
    const before = this.#byMark.get(mark)?.version;
    if (before === undefined || before < version) this.#byMark.set(mark, { version, count: ++this.#count, before });
  }

  /** The version that was known when there had been `count` changes, or a lesser one; `undefined` if none was known. */
  at(mark: string, count: number): number | undefined {
    const known = this.#byMark.get(mark);
    return known === undefined || known.count <= count ? known?.version : known.before;
  }

  /** Whether the mark has been set since there had been `count` changes. One that was first heard of since may have been set long before. */
  isSetSince(mark: string, count: number): boolean {
    const known = this.#byMark.get(mark);
    return known?.before !== undefined && known.count > count;
  }
}
