import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { UsageError } from "./usage-error.ts";

/** What Node puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = "\uFFFD";

/**
 * Refuses arguments that are not UTF-8. Node replaces their bytes, so that two keys or two files would be taken for one,
 * and a command would be given another argument than the one that was typed.
 */
export function refuseUnlessUtf8(argv: readonly string[]): void {
  const position = argv.findIndex((argument) => argument.includes(REPLACEMENT));
  if (position === -1 || commandLineIsUtf8()) return;
  throw new UsageError(`argument ${position + 1} is not UTF-8: names that are not cannot be told apart. Give it another name`);
}

/** Whether U+FFFD was typed as such. Where that cannot be known, it is taken for a replacement. */
function commandLineIsUtf8(): boolean {
  try {
    return isUtf8(readFileSync("/proc/self/cmdline"));
  } catch {
    return false;
  }
}

/** Refuses a path or a directory whose name is not UTF-8. `what` names it in the message. */
export function refusePathUnlessUtf8(path: string, what: string): void {
  if (!path.includes(REPLACEMENT)) return;
  throw new UsageError(`${what} has a name that is not UTF-8: such names cannot be told apart. Use another one`);
}
