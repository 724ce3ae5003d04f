import { type MarkName, parsedKey, type RecordName } from "./keys.ts";

/** An object in a listing. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
}

export type StoredRecord = RecordName & ListedObject;
type Mark = MarkName & ListedObject;

/** The objects of one id, in S3's order: the newest record first. */
export class Contents {
  readonly records: StoredRecord[] = [];
  readonly marks: Mark[] = [];

  get newest(): StoredRecord | undefined {
    return this.records[0];
  }

  /** The latest use that a record or a mark reports. */
  get usedAt(): number {
    return [...this.records, ...this.marks].reduce((latest, { usedAt }) => Math.max(latest, usedAt), 0);
  }

  add(object: StoredRecord | Mark): void {
    if (object.loadedAt === undefined) this.marks.push(object);
    else this.records.push(object);
  }

  /** Puts a record at its place, unless it has been listed. */
  insert(record: StoredRecord): void {
    const after = this.records.findIndex(({ key }) => key >= record.key);
    if (this.records[after]?.key !== record.key) this.records.splice(after === -1 ? this.records.length : after, 0, record);
  }
}

/** The object with the parts of its name; `undefined` if it is foreign. */
export function recognised(prefix: string, { key, size }: ListedObject): StoredRecord | Mark | undefined {
  const name = parsedKey(prefix, key);
  return name && { ...name, key, size };
}

export interface Surplus {
  /** The objects that may be deleted. */
  readonly keys: readonly string[];
  /** Whether only these objects record the latest use. */
  readonly carriesUse: boolean;
}

/**
 * Everything that the newest `generations` records make superfluous: older records, a second record of one stamp (that with
 * the earlier use), and marks of earlier uses. A mark of the latest use stays even if a record has the same use: another
 * writer may be about to delete that record because of the mark.
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
