import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { BackupInfo } from "@lastgood/core/adapter";
import { contentsOf, lastUse, type Listing, listingOf, type RecordName, sorted, topLevelsOf } from "./contents.ts";
import { despiteRemovals } from "./errors.ts";
import { digitsOf, type Name, nameOf } from "./layout.ts";

/** One directory of the store, with every name of the ids whose deepest level it is. */
export interface Stop {
  readonly listing: Listing;
  readonly ids: ReadonlyMap<string, readonly Name[]>;
}

/** A look at the disk. `undefined` if it failed. */
type Attempt = <T>(work: () => Promise<T>) => Promise<T | undefined>;

/** Visits every directory of the store. An id that has names in several levels is told of once. */
export async function* stopsIn(root: string, attempt: Attempt): AsyncGenerator<Stop, void, undefined> {
  for (const path of (await attempt(() => topLevelsOf(root))) ?? []) yield* stopsBelow(path, [], 1, attempt);
}

/** `namesAbove` are names from the levels above, of ids that belong to this directory. */
async function* stopsBelow(path: string, namesAbove: readonly Name[], depth: number, attempt: Attempt): AsyncGenerator<Stop, void, undefined> {
  const listing = await attempt(() => listingOf(path, false));
  if (listing === undefined) return;
  const names = listing.files.map((file) => nameOf(path, file)).filter((name) => name !== undefined);
  const byDigit = grouped([...namesAbove, ...names], ({ id }) => digitsOf(id).charAt(depth));
  for (const digit of listing.levels) {
    yield* stopsBelow(join(path, digit), byDigit.get(digit) ?? [], depth + 1, attempt);
    byDigit.delete(digit);
  }
  yield { listing, ids: grouped(Array.from(byDigit.values()).flat(), ({ id }) => id) };
}

/** What `list` tells of some ids. One that fails does not hide the others. */
export async function infosOf(
  root: string,
  ids: readonly (readonly [id: string, names: readonly Name[]])[],
  failed: (error: unknown) => void,
  signal: AbortSignal | undefined,
): Promise<BackupInfo[]> {
  const infos: BackupInfo[] = [];
  for (const [id, names] of ids) {
    signal?.throwIfAborted();
    try {
      const info = await infoOf(root, id, names);
      if (info !== undefined) infos.push(info);
    } catch (error) {
      failed(error);
    }
  }
  return infos;
}

/** What `list` tells of an id, whose names were these a moment ago. `undefined` if it has no record. */
async function infoOf(root: string, id: string, names: readonly Name[]): Promise<BackupInfo | undefined> {
  let contents: ReturnType<typeof sorted> | undefined = sorted(names);
  return despiteRemovals(async () => {
    const { records, marks } = contents ?? (await contentsOf(root, id));
    contents = undefined;
    const [newest] = records;
    return newest && { id, usedAt: lastUse({ records, marks }), loadedAt: newest.loadedAt, size: await sizeOf(newest) };
  });
}

/** The items in arrays of at most `size`. */
export function* inGroups<T>(items: Iterable<T>, size: number): Generator<T[], void> {
  const all = [...items];
  for (let begin = 0; begin < all.length; begin += size) yield all.slice(begin, begin + size);
}

async function sizeOf({ path }: RecordName): Promise<number> {
  return (await lstat(path)).size;
}

/** `Map.groupBy`, which Node 20 does not have. */
function grouped(names: readonly Name[], keyOf: (name: Name) => string): Map<string, Name[]> {
  const groups = new Map<string, Name[]>();
  for (const name of names) {
    const key = keyOf(name);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [name]);
    else group.push(name);
  }
  return groups;
}
