import type { Backup } from "../backup/backup.ts";
import type { Copies } from "../marks/copies.ts";
import type { Entry } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";
import type { Results } from "../load/results.ts";

export interface PeekParts {
  readonly copies: Copies;
  readonly backup: Backup;
  readonly results: Results;
  readonly now: () => number;
}

/** What a key has now, without a load: the cached copy while it is fresh, else the backup. Either store answers while the other fails. */
export async function peek({ copies, backup, results, now }: PeekParts, key: string): Promise<Result<unknown> | undefined> {
  const copy = await cachedCopy(copies, key);
  if (copy !== undefined && copies.isFresh(copy, now())) return results.of("cache", key, copy);
  try {
    const entry = await backup.peek(key);
    return entry && results.of("backup", key, entry);
  } catch (error) {
    if (copy === undefined) throw error;
    return results.of("cache", key, copy);
  }
}

async function cachedCopy(copies: Copies, key: string): Promise<Entry | undefined> {
  try {
    return await copies.peek(key);
  } catch {
    return undefined;
  }
}
