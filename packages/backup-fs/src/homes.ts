import { dirname, join, relative, sep } from "node:path";
import { type Contents, holdsRecord, identityOf, type Listing } from "./contents.ts";
import { digitsOf } from "./layout.ts";

/** With so many files in a directory, new records go into the next level: each call lists the directories of its id. */
const FULL = 100;

/** The directory for the next record of an id. */
export interface Home {
  readonly path: string;
  readonly isThere: boolean;
  /**
   * Directories to flush before a record gets a name here, the topmost first. All names that lead to a record are durable,
   * so where there is a record already they need no flush.
   */
  readonly unflushedParents: readonly string[];
}

/** Remembers directories that hold records and have room for more, so that a write need not look for one. */
export class Homes {
  readonly #root: string;
  /** Their identities, by path. */
  readonly #known = new Map<string, string>();
  /** How many levels the deepest of them is down. */
  #depth = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** The deepest directory that is known. Another process may have made a deeper one, which does no harm. */
  recall(id: string): string | undefined {
    const digits = digitsOf(id);
    for (let depth = this.#depth; depth > 0; depth--) {
      const path = join(this.#root, ...digits.slice(0, depth));
      if (this.#known.has(path)) return path;
    }
    return undefined;
  }

  /** True if the directory is the one that was learnt. If a link leads to it now, this fails. */
  async isStill(path: string): Promise<boolean> {
    let level = this.#root;
    let identity: string | undefined;
    for (const digit of relative(this.#root, path).split(sep)) {
      level = join(level, digit);
      identity = await identityOf(level);
    }
    const isStill = identity !== undefined && identity === this.#known.get(path);
    if (!isStill) this.#known.delete(path);
    return isStill;
  }

  /** Forgets those of the levels that have no room, or no record by now. Answers with the deepest if that is yet to be learnt. */
  review(levels: readonly Listing[]): string | undefined {
    const unfit = levels.filter((level) => isFull(level) || !holdsRecord(level));
    for (const { path } of unfit) this.#known.delete(path);
    const deepest = levels.at(-1);
    return deepest === undefined || unfit.includes(deepest) || this.#known.has(deepest.path) ? undefined : deepest.path;
  }

  async learn(path: string): Promise<void> {
    const identity = await identityOf(path);
    if (identity === undefined) return;
    this.#known.set(path, identity);
    this.#depth = Math.max(this.#depth, relative(this.#root, path).split(sep).length);
  }

  /** The deepest level of an id that is there, or a new one below it where that is full. */
  find(id: string, { levels }: Contents): Home {
    const deepest = levels.at(-1);
    const unflushedParents: string[] = [];
    for (const level of levels.toReversed()) {
      if (holdsRecord(level)) break;
      unflushedParents.unshift(dirname(level.path));
    }
    if (deepest !== undefined && !isFull(deepest)) return { path: deepest.path, isThere: true, unflushedParents };
    const parent = deepest?.path ?? this.#root;
    const path = join(parent, digitsOf(id).charAt(levels.length));
    return { path, isThere: false, unflushedParents: [...unflushedParents, parent] };
  }
}

function isFull({ files }: Listing): boolean {
  return files.length >= FULL;
}
