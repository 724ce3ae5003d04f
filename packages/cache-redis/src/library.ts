import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { codeOf } from "@lastgood/core/adapter";

/** Of ioredis, what we make our own clients with. */
export type Library = Pick<typeof import("ioredis"), "Redis" | "Cluster">;

/** Throws if ioredis is not installed, as it need not be for those who make their clients themselves with another library. */
export function checkLibrary(): void {
  if (isMissing()) throw notInstalled();
}

/** In a bundle, ioredis is either inside, or its absence shows here. */
export async function loadLibrary(): Promise<Library> {
  try {
    const library = await import("ioredis");
    // Some bundlers know only the default export of a CommonJS module.
    return "Redis" in library ? library : (library as { default: Library }).default;
  } catch (error) {
    throw codeOf(error) === "ERR_MODULE_NOT_FOUND" ? notInstalled() : error;
  }
}

/** Asks the resolver, which answers at once. An import would answer only after `redisCache` has returned. */
function isMissing(): boolean {
  const here = import.meta.url;
  try {
    createRequire(here).resolve("ioredis");
    return false;
  } catch {
    return isOwnFile(here);
  }
}

/** False in a bundle, which has ioredis inside, where no resolver finds it. */
function isOwnFile(url: string | undefined): boolean {
  return url !== undefined && /\/cache-redis\/(src|dist)\/library\.[jt]s$/.test(url) && existsSync(fileURLToPath(url));
}

function notInstalled(): Error {
  return new Error("redisCache: a URL, or options, need ioredis, which is not installed; run npm install ioredis, or pass a client that you have connected");
}
