import { rmdir } from "node:fs/promises";
import { codeOf } from "@lastgood/core/adapter";
import { isGone } from "./errors.ts";
import { removeFile } from "./files.ts";
import { markFile, recordFile } from "./layout.ts";

/** Removes records, the oldest first: if one cannot be removed, the newer ones stay. True if there was one to remove. */
export async function removeRecords(directory: string, newestFirst: readonly number[]): Promise<boolean> {
  let removed = false;
  for (const loadedAt of newestFirst.toReversed()) {
    removed = (await removeFile(recordFile(directory, loadedAt))) || removed;
  }
  return removed;
}

export async function removeMarks(directory: string, uses: readonly number[]): Promise<void> {
  for (const usedAt of uses) await removeFile(markFile(directory, usedAt));
}

/** Removes the directory, unless there is something in it: somebody may have begun to write. */
export async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    const code = codeOf(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && !isGone(error)) throw error;
  }
}
