import { rename } from "node:fs/promises";
import { dirname } from "node:path";
import { type Contents, lastUse } from "./contents.ts";
import { makeEmptyFile } from "./files.ts";
import { markFile } from "./layout.ts";

/**
 * Moves the mark of use forward, never back. The mark is renamed from the name that was read. If another process was
 * quicker that name is gone: an error like any vanished file, so the caller looks again.
 */
export async function markUsed(id: string, contents: Contents, usedAt: number): Promise<void> {
  const [newest] = contents.records;
  if (newest === undefined || usedAt <= lastUse(contents)) return;
  const [latest] = contents.marks;
  const path = markFile(dirname((latest ?? newest).path), id, usedAt);
  await (latest === undefined ? makeEmptyFile(path) : rename(latest.path, path));
}
