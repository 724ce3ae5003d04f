import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "@lastgood/core/adapter";

/** Makes a directory and its parents, for their owner alone. Node's `recursive` option never returns below /proc. */
export function makePrivateDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    const above = dirname(directory);
    if (codeOf(error) !== "ENOENT" || above === directory) throw error;
    makePrivateDirectory(above);
    makeLast(directory);
  }
}

/** The parent exists now. A file system that still reports ENOENT accepts no directories. */
function makeLast(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // another process has made it
  }
}
