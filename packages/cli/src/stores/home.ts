import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { UsageError } from "../arguments/usage-error.ts";
import { refusePathUnlessUtf8 } from "../arguments/utf8.ts";

/** The XDG Base Directory Specification: a relative path in one of its variables is to be ignored. */
export function baseDirectory(variable: string, fallback: string, advice: string): string {
  const given = process.env[variable];
  return given !== undefined && isAbsolute(given) ? given : join(home(`set HOME or ${variable}, or ${advice}`), fallback);
}

/** An absolute path. A shell leaves `~/` alone in `sqlite:~/backups.db` and `--cache=~/cache.db`; the user meant the home directory. */
export function absolutePath(path: string, name: string): string {
  if (/^~[^/]/.test(path)) throw new UsageError(`${name} begins with the home directory of another user: write the whole path`);
  const isAtHome = path === "~" || path.startsWith("~/");
  const absolute = isAtHome ? join(home(`set HOME, or write the whole path in ${name}`), path.slice(1)) : resolve(path);
  refusePathUnlessUtf8(absolute, name);
  return absolute;
}

/** Looked up only where it is needed: a user of a container may have neither HOME nor an entry in the list of users. */
function home(advice: string): string {
  try {
    const directory = homedir();
    if (isAbsolute(directory)) return directory;
  } catch {
    // Told below.
  }
  throw new UsageError(`the home directory is not known: ${advice}`);
}
