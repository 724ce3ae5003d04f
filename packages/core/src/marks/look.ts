import type { Awaitable } from "../base/async.ts";
import { namespacesOf } from "../base/stored-key.ts";
import type { SeenMarks } from "../entry/entry.ts";
import type { KnownMarks } from "./known-marks.ts";
import { namespaceMark, tagMark } from "./mark-names.ts";
import type { Marks } from "./marks.ts";

/** The marks that apply to a key: of its namespaces, and of these tags. */
export function marksOf(key: string, tags: readonly string[]): readonly string[] {
  const namespaces = namespacesOf(key);
  if (namespaces.length === 0 && tags.length === 0) return namespaces; // as with nearly every key
  return [...namespaces.map(namespaceMark), ...tags.map(tagMark)];
}

const NONE: readonly string[] = [];

// By how much clocks may differ, in milliseconds. It matters only for marks whose version was not known.
const SKEW = 600_000;

/** Begins a load at `began`. Waits for the versions of marks that this process has not read lately. Never fails. */
export function look(marks: Marks, key: string, tags: readonly string[], began: number): Awaitable<Look> {
  const names = marksOf(key, tags);
  const learnt = names.length === 0 ? undefined : marks.learnPresent(names);
  return learnt === undefined ? new Look(marks.known, names, began) : learnt.then(() => new Look(marks.known, names, began));
}

/** What a load knows of marks when it begins. Its value is no older than these, and older than each that is set later. */
export class Look {
  readonly #known: KnownMarks;
  readonly #count: number;
  readonly #marks: readonly string[];
  readonly #began: number;

  constructor(known: KnownMarks, marks: readonly string[], began: number) {
    this.#known = known;
    this.#count = known.count;
    this.#marks = marks;
    this.#began = began;
  }

  /** The marks of the value: those of the load, and of tags that its loader has added. */
  seen(tags: readonly string[] = NONE): SeenMarks | undefined {
    return this.#versionsOf(tags === NONE ? NONE : tags.map(tagMark));
  }

  /** The marks of an older value that is the answer of this load: they are as this load knew them. */
  renewed(marks: SeenMarks = []): SeenMarks | undefined {
    const recorded = new Map(marks);
    return this.#versionsOf([...recorded.keys()], recorded);
  }

  /**
   * The versions that were known, else those that an older value has recorded. Where there is neither, a mark that was set shortly before the
   * load counts as later: the next load knows it.
   */
  #versionsOf(others: readonly string[], recorded?: ReadonlyMap<string, number>): SeenMarks | undefined {
    if (this.#marks.length + others.length === 0) return undefined; // as nearly always, and a Set is expensive
    const marks = new Set([...this.#marks, ...others]);
    const versionOf = (mark: string): number => this.#known.at(mark, this.#count, this.#began) ?? recorded?.get(mark) ?? this.#began - SKEW;
    return Array.from(marks, (mark) => [mark, versionOf(mark)] as const);
  }

  /** Whether one of its marks has been set since, so that its value is too old for whoever asks now. */
  get isOver(): boolean {
    return this.#marks.some((mark) => this.#known.isSetSince(mark, this.#count));
  }
}
