import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { codeOf } from "@lastgood/core/adapter";

/** Of ioredis, what we make our own clients with. */
export type Library = Pick<typeof import("ioredis"), "Redis" | "Cluster">;

/** Throws if ioredis is not installed, as it need not be for those who make their clients themselves with another library. */
export function checkLibrary(): void {
  if (isMissing()) throw notInstalled();
}

export async function loadLibrary(): Promise<Library> {
  try {
    const library = await import("ioredis");
    // Some bundlers know only the default export of a CommonJS module.
    return "Redis" in library ? library : (library as { default: Library }).default;
  } catch (error) {
    throw codeOf(error) === "ERR_MODULE_NOT_FOUND" ? notInstalled() : error;
  }
}

/**
 * Asks the resolver, which answers at once: an import would answer only after `redisCache` has returned. In a bundle, which
 * has ioredis inside, this file is not there, and the import itself has to tell.
 */
function isMissing(): boolean {
  const here = ownFile();
  if (here === undefined || !existsSync(here)) return false;
  try {
    createRequire(here).resolve("ioredis");
    return false;
  } catch {
    return true;
  }
}

const OWN_FILE = /(file:\/\/[^\s()]+|[^\s()]+)[/\\]cache-redis[/\\](?:dist|src)[/\\]library\.[jt]s/;

/** From a stack trace, because `import.meta` does not compile where a program is transformed to CommonJS, as under Jest. */
function ownFile(): string | undefined {
  const [place] = OWN_FILE.exec(new Error().stack ?? "") ?? [];
  return place?.startsWith("file:") ? fileURLToPath(place) : place;
}

function notInstalled(): Error {
  return new Error("redisCache: a URL, or options, need ioredis, which is not installed; run npm install ioredis, or pass a client that you have connected");
}
