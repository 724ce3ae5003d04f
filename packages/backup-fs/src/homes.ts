import { dirname, join } from "node:path";
import { type Contents, holdsRecord, type Listing } from "./contents.ts";
import { digitsOf } from "./layout.ts";

/** With so many files in a directory, new records go into the next level: each call lists the directories of its id. */
const FULL = 100;

/** The directory for the next record of an id. */
export interface Home {
  readonly path: string;
  /** `undefined` if it has to be made. */
  readonly identity: string | undefined;
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

  /** The deepest directory that is known. It may be gone, and another process may have made a deeper one, which does no harm. */
  recall(id: string): Home | undefined {
    const digits = digitsOf(id);
    for (let depth = this.#depth; depth > 0; depth--) {
      const path = join(this.#root, ...digits.slice(0, depth));
      const identity = this.#known.get(path);
      if (identity !== undefined) return { path, identity, unflushedParents: [] };
    }
    return undefined;
  }

  forget({ path }: Home): void {
    this.#known.delete(path);
  }

  learn(levels: readonly Listing[]): void {
    this.#depth = Math.max(this.#depth, levels.length);
    for (const level of levels) {
      if (isFull(level) || !holdsRecord(level)) this.#known.delete(level.path);
      else this.#known.set(level.path, level.identity);
    }
  }

  /** The deepest level of an id that is there, or a new one below it where that is full. */
  find(id: string, { levels }: Contents): Home {
    const deepest = levels.at(-1);
    const unflushedParents: string[] = [];
    for (const level of levels.toReversed()) {
      if (holdsRecord(level)) break;
      unflushedParents.unshift(dirname(level.path));
    }
    if (deepest !== undefined && !isFull(deepest)) return { path: deepest.path, identity: deepest.identity, unflushedParents };
    const parent = deepest?.path ?? this.#root;
    const path = join(parent, digitsOf(id).charAt(levels.length));
    return { path, identity: undefined, unflushedParents: [...unflushedParents, parent] };
  }
}

function isFull({ files }: Listing): boolean {
  return files.length >= FULL;
}
