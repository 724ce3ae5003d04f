import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { UsageError } from "./usage-error.ts";

/** The character that Node substitutes for bytes that are not UTF-8. */
const REPLACEMENT = "\uFFFD";

/**
 * Refuses arguments that are not UTF-8. Node replaces their bytes, so two keys or files could become one, and a command
 * would get an argument that nobody typed.
 */
export function refuseUnlessUtf8(argv: readonly string[]): void {
  const position = argv.findIndex((argument) => argument.includes(REPLACEMENT));
  if (position === -1 || commandLineIsUtf8()) return;
  throw new UsageError(`argument ${position + 1} is not UTF-8: use another name`);
}

/** Whether somebody typed U+FFFD itself. Where the system cannot tell, U+FFFD counts as a replacement. */
function commandLineIsUtf8(): boolean {
  try {
    return isUtf8(readFileSync("/proc/self/cmdline"));
  } catch {
    return false;
  }
}

/** Refuses a path that is not UTF-8. `what` names the path in the message. */
export function refusePathUnlessUtf8(path: string, what: string): void {
  if (!path.includes(REPLACEMENT)) return;
  throw new UsageError(`${what} has a name that is not UTF-8: use another name`);
}
