import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { type StoreUrl, storePath } from "@lastgood/core/adapter";
import { orUsageError, UsageError } from "../arguments/usage-error.ts";
import { refusePathUnlessUtf8 } from "../arguments/utf8.ts";

/** A base directory of the XDG specification, which says to ignore a relative path in its variables. */
export function baseDirectory(variable: string, fallback: string, advice: string): string {
  const given = process.env[variable];
  return given !== undefined && isAbsolute(given) ? given : join(home(`set HOME or ${variable}, or ${advice}`), fallback);
}

/** An absolute path. As in a URL, a leading `~/` is the home directory: no shell expands it in `--cache=~/cache.db`. */
export function absolutePath(path: string, name: string): string {
  // Two slashes would begin the host of a URL.
  return absolutePathOf({ scheme: "file", location: path.replace(/^\/+/, "/"), options: {} }, name);
}

/** The absolute path that the URL of a store names. `name` is what errors call the URL. */
export function absolutePathOf(url: StoreUrl, name: string): string {
  if (/^~(?:\/|$)/.test(url.location)) home(`set HOME, or write the whole path in ${name}`);
  const absolute = resolve(orUsageError(() => storePath(name, url)));
  refusePathUnlessUtf8(absolute, name);
  return absolute;
}

/** Called only where needed: in a container, a user may have neither HOME nor an entry in /etc/passwd. */
function home(advice: string): string {
  try {
    const directory = homedir();
    if (isAbsolute(directory)) return directory;
  } catch {
    // The error below says what to do.
  }
  throw new UsageError(`the home directory is not known: ${advice}`);
}
