import { rename } from "node:fs/promises";
import { type Contents, lastUse } from "./contents.ts";
import { makeEmptyFile } from "./files.ts";
import { markFile } from "./layout.ts";

/**
 * Moves the mark of use forward, never back, and returns the time of the mark that now holds. The mark is renamed from the
 * name that was read. If another process was quicker that name is gone: an error like any vanished file, so the caller
 * looks again.
 */
export async function markUsed(directory: string, contents: Contents, usedAt: number): Promise<number> {
  const [latest] = contents.uses;
  const target = Math.max(usedAt, lastUse(contents));
  const path = markFile(directory, target);
  if (latest === undefined) await makeEmptyFile(path);
  else if (latest < target) await rename(markFile(directory, latest), path);
  return target;
}
