import { RecentMap } from "../base/recent-map.ts";

interface KnownMark {
  readonly version: number;
  /** How many changes there had been, with this one. */
  readonly count: number;
  /** The version before; `undefined` if none was known. */
  readonly before: number | undefined;
  /** When a store last had this version. */
  readonly readAt: number;
}

/** The versions of marks that this process has read or set. */
export class KnownMarks {
  readonly #byMark = new RecentMap<KnownMark>(10_000);
  readonly #nearTtl: number;
  #count = 0;

  /** `nearTtl`: for how many milliseconds a version that was read counts as the present one. */
  constructor(nearTtl: number) {
    this.#nearTtl = nearTtl;
  }

  /** How many changes there have been. */
  get count(): number {
    return this.#count;
  }

  get(mark: string): number | undefined {
    return this.#byMark.get(mark)?.version;
  }

  learn(mark: string, version: number, now: number): void {
    const known = this.#byMark.get(mark);
    if (known === undefined || known.version < version) this.#byMark.set(mark, { version, count: ++this.#count, before: known?.version, readAt: now });
    else this.#byMark.set(mark, { ...known, readAt: now });
  }

  /** Whether the version was read lately. */
  isPresent(mark: string, now: number): boolean {
    const readAt = this.#byMark.get(mark)?.readAt ?? -Infinity;
    return readAt <= now && now < readAt + this.#nearTtl;
  }

  /** The version that a load knew which began at `began`, when there had been `count` changes; `undefined` if that was not the present one. */
  at(mark: string, count: number, began: number): number | undefined {
    const known = this.#byMark.get(mark);
    if (known === undefined || known.count > count) return known?.before;
    return this.isPresent(mark, began) || known.readAt >= began ? known.version : undefined;
  }

  /** Whether the mark has been set since there had been `count` changes. One that was first heard of since may have been set long before. */
  isSetSince(mark: string, count: number): boolean {
    const known = this.#byMark.get(mark);
    return known?.before !== undefined && known.count > count;
  }
}
