/** The simplest mistake: the new record is written over the old one, and flushed, but a crash in between leaves neither. */

import { writeFile } from "node:fs/promises";
import { brokenBackup } from "./record-file.mjs";

export const writeInPlace = brokenBackup("write-in-place", (path, bytes) => writeFile(path, bytes, { flush: true }));
