import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "./contents.ts";
import { ifThere } from "./errors.ts";
import { removeFile } from "./files.ts";
import { isTemporary } from "./layout.ts";
import type { Stop } from "./listing.ts";

const HOUR = 60 * 60 * 1000;

/** What crashes may have left in a directory: records on their way, and marks of ids that have no record. */
export function leftovers({ listing, ids }: Stop): string[] {
  const temporaries = listing.files.filter(isTemporary).map((name) => join(listing.path, name));
  const withoutRecord = Array.from(ids.values()).filter((names) => !names.some(isRecord));
  return [...temporaries, ...withoutRecord.flat().map(({ path }) => path)];
}

/**
 * Removes those of the files that are older than an hour. `now` and the ages are times of the file system, so a wrong clock
 * of this machine does no harm. A slow writer whose file is removed by mistake starts over.
 */
export async function sweep(paths: readonly string[], now: number): Promise<void> {
  for (const path of paths) {
    const stats = await ifThere(lstat(path));
    if (stats !== undefined && now - stats.mtimeMs > HOUR) await removeFile(path);
  }
}
