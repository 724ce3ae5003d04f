import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StoreUrl } from "../factory.ts";
import { optionChecks } from "../../base/option-checks.ts";
import { urlRefusal } from "./url-refusal.ts";

/**
 * The path in the URL of a store on disk: `file:./backups`, `file:///var/backups`, `sqlite:~/backups.db`. After `//` the path
 * is percent-encoded, as in every `file:` URL; without `//` it is used unchanged. A leading `~/` means the user's home
 * directory, because no shell has expanded it.
 *
 * @param factory The name of the function that the user called.
 * @throws RangeError for a host, user or password, none of which it shows, for `~name`, and for a path that cannot be decoded.
 * @example
 * ```ts
 * import { type StoreUrl, storePath } from "@lastgood/core/adapter";
 *
 * export const fromUrl = (url: StoreUrl): string => storePath("exampleBackup", url);
 * ```
 */
export function storePath(factory: string, { scheme, location }: StoreUrl): string {
  if (location.startsWith("//")) return decodedPath(factory, scheme, location);
  if (location === "~" || location.startsWith("~/")) return join(homedir(), location.slice(1));
  if (location.startsWith("~")) {
    throw optionChecks(factory).wrongValue("the path", `one that begins with "~/" or has no "~" at its beginning`, location);
  }
  return location;
}

function decodedPath(factory: string, scheme: string, location: string): string {
  const [, host = "", path = ""] = /^\/\/([^/]*)(.*)$/s.exec(location) ?? [];
  // The error does not show the host, because a user and a password may precede it.
  if (host !== "" && host !== "localhost") {
    throw urlRefusal(factory, "host", `left out, as in ${scheme}:PATH or ${scheme}:///ABSOLUTE/PATH`);
  }
  try {
    return fileURLToPath(`file://${path}`);
  } catch {
    throw optionChecks(factory).wrongValue("the path", 'percent-encoded, without "%2F"', path);
  }
}
