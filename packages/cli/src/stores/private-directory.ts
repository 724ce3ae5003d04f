import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "@lastgood/core/adapter";

/** Makes a directory, and those above it, for their owner alone. Node's own `recursive` never returns below /proc. */
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

/** The directory above is there: a file system that says otherwise takes no directories. */
function makeLast(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // another process was first
  }
}
