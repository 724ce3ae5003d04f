import { type MarkName, parsedKey, type RecordName } from "./keys.ts";

/** An object as a listing has it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
}

export type StoredRecord = RecordName & ListedObject;
type Mark = MarkName & ListedObject;

/** What the store holds under one id, in the order in which S3 lists it: the newest record first. */
export class Contents {
  readonly records: StoredRecord[] = [];
  readonly marks: Mark[] = [];

  get newest(): StoredRecord | undefined {
    return this.records[0];
  }

  /** The latest use told of, by a record or by a mark. */
  get usedAt(): number {
    return [...this.records, ...this.marks].reduce((latest, { usedAt }) => Math.max(latest, usedAt), 0);
  }

  add(object: StoredRecord | Mark): void {
    if (object.loadedAt === undefined) this.marks.push(object);
    else this.records.push(object);
  }
}

/** An object that is ours, with what its name says. */
export function recognised(prefix: string, { key, size }: ListedObject): StoredRecord | Mark | undefined {
  const name = parsedKey(prefix, key);
  return name && { ...name, key, size };
}

export interface Surplus {
  /** The objects that may go. */
  readonly keys: readonly string[];
  /** Whether the latest use would be forgotten with them. */
  readonly carriesUse: boolean;
}

/**
 * What is not needed beside the newest `generations` records: older ones, a second one of the same stamp (the one used earlier), and marks
 * that a later use has overtaken. A mark of the latest use stays even if a record says the same: others who tidy up at
 * the same time may be about to delete that record because of the mark.
 */
export function surplusOf(contents: Contents, generations: number): Surplus {
  const { records, marks, usedAt } = contents;
  const ofNewStamp = records.filter(({ loadedAt }, index) => loadedAt !== records[index - 1]?.loadedAt);
  const kept = new Set<ListedObject>(ofNewStamp.slice(0, generations));
  for (const mark of marks) if (mark.usedAt === usedAt) kept.add(mark);
  const objects = [...records, ...marks];
  return {
    keys: objects.filter((object) => !kept.has(object)).map(({ key }) => key),
    carriesUse: objects.every((object) => object.usedAt < usedAt || !kept.has(object)),
  };
}
