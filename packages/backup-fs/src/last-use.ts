import { rename } from "node:fs/promises";
import { type Contents, lastUse } from "./contents.ts";
import { makeEmptyFile } from "./files.ts";
import { markFile } from "./layout.ts";

/**
 * Moves the mark of use forward, never back: it is renamed from the name that was read, and if another process was
 * quicker there is no such name any more. That is an error like any file that vanishes: the caller looks again.
 */
export async function markUsed(directory: string, contents: Contents, usedAt: number): Promise<void> {
  const [latest] = contents.uses;
  const target = Math.max(usedAt, lastUse(contents));
  const path = markFile(directory, target);
  if (latest === undefined) await makeEmptyFile(path);
  else if (latest < target) await rename(markFile(directory, latest), path);
}
