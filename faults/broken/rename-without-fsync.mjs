/** A mistake that many a program makes: the file is whole before it gets its name, but nobody has made sure that it is on the disk. */

import { randomUUID } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { brokenBackup } from "./record-file.mjs";

export const renameWithoutFsync = brokenBackup("rename-without-fsync", async (path, bytes) => {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, bytes);
  await rename(temporary, path);
});
