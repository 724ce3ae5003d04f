import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Contents } from "./contents.ts";
import { ifThere } from "./errors.ts";
import { removeFile } from "./files.ts";
import { removeIfEmpty, removeMarks } from "./removal.ts";

const HOUR = 60 * 60 * 1000;

/**
 * Removes what crashes have left in the directory of an id: temporary files older than an hour, and the directory itself
 * if it has no record. `now` and the ages are times of the file system, so a wrong clock of this machine does no harm. A
 * slow writer whose file is removed by mistake starts over.
 */
export async function sweep(directory: string, { stamps, uses, temporaries }: Contents, now: number): Promise<void> {
  const abandoned = stamps.length === 0 && (await isOld(directory, now));
  for (const name of temporaries) {
    const path = join(directory, name);
    if (await isOld(path, now)) await removeFile(path);
  }
  if (!abandoned) return;
  await removeMarks(directory, uses);
  await removeIfEmpty(directory);
}

async function isOld(path: string, now: number): Promise<boolean> {
  const stats = await ifThere(lstat(path));
  return stats !== undefined && now - stats.mtimeMs > HOUR;
}
