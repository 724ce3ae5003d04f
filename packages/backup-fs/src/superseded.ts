import type { Contents, RecordName } from "./contents.ts";

/** Names that can go, the older records first, as long as the names are there that supersede them. */
export interface Superseded {
  readonly paths: readonly string[];
  readonly by: readonly string[];
}

/**
 * Which names of an id nobody needs any more, given those that are known to be durable.
 *
 * Only durable names supersede. Other processes add names at any moment, and a loss of power may undo those. A name goes
 * if both its stamp and its use are superseded: if newer records are kept, and one of them tells of a use as late.
 */
export function superseded({ records, marks }: Pick<Contents, "records" | "marks">, durable: ReadonlySet<string>, generations: number): Superseded {
  const newest = records.filter((record, index) => record.loadedAt !== records[index - 1]?.loadedAt);
  const kept = newest.filter(({ path }) => durable.has(path)).slice(0, generations);
  const latestUse = kept.reduce((latest, { usedAt }) => Math.max(latest, usedAt), -1);
  const oldest = kept[generations - 1]?.loadedAt ?? 0;

  const isReplaced = ({ path, loadedAt }: RecordName): boolean => kept.some((other) => other.loadedAt === loadedAt && other.path !== path);
  const outdated = records.filter((record) => record.loadedAt < oldest || isReplaced(record));
  const gone = [...outdated.toReversed(), ...marks].filter(({ usedAt }) => usedAt <= latestUse);
  return { paths: gone.map(({ path }) => path), by: kept.map(({ path }) => path) };
}
