import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StoreUrl } from "./factory.ts";
import { optionChecks } from "../base/option-checks.ts";
import { urlRefusal } from "./url-refusal.ts";

/**
 * The path that a URL of a store on a disk names: `file:./backups`, `file:///var/backups`, `sqlite:~/backups.db`. After
 * `//` it is percent-encoded, as in every `file:` URL; without it is taken as it stands. A leading `~/` is the user's
 * home directory, since no shell has expanded it.
 *
 * @param factory The name of the function that the user has called.
 * @throws RangeError for a host, a user or a password, none of which is shown, for `~name`, and for a path that cannot be decoded.
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
  // Not shown: a user and a password may stand before the host.
  if (host !== "" && host !== "localhost") {
    throw urlRefusal(factory, "host", `left out, as in ${scheme}:PATH or ${scheme}:///ABSOLUTE/PATH`);
  }
  try {
    return fileURLToPath(`file://${path}`);
  } catch {
    throw optionChecks(factory).wrongValue("the path", 'percent-encoded, without "%2F"', path);
  }
}
