import { createRequire } from "node:module";

/** The version of this package, which knows itself by name wherever its files lie. */
export function version(): string {
  const manifest: unknown = createRequire(import.meta.url)("lastgood/package.json");
  const found = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : undefined;
  return String(found);
}
