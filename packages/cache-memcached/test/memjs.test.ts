import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const require = createRequire(import.meta.url);
const manifest = (path: string) => JSON.parse(readFileSync(path, "utf8")) as { version: string; dependencies: Record<string, string> };
const memjs = dirname(require.resolve("memjs/package.json"));

/**
 * Of the files of memjs whose parts we replace or call. When this fails, read `steady-client.ts` and `steady-server.ts` against
 * the new sources (the three steps of a call, what `perform` and `parseMessage` do), run the fault tests, and only then change it.
 */
const READ = "a2dd05636e7742859a7ca1b6d956a843a4b6338753e3b0cb9e02d4671699755b";

it("package.json asks for exactly the version of memjs whose internals were read, and that one is installed", () => {
  const { dependencies } = manifest(join(import.meta.dirname, "../package.json"));
  expect(dependencies["memjs"]).toMatch(/^\d+\.\d+\.\d+$/);
  expect(manifest(join(memjs, "package.json")).version).toBe(dependencies["memjs"]);
});

it("the sources of memjs are those that were read", () => {
  const sources = join(memjs, "lib/memjs");
  const hash = createHash("sha256");
  for (const file of readdirSync(sources).toSorted()) hash.update(`${file}\n`).update(readFileSync(join(sources, file)));
  expect(hash.digest("hex")).toBe(READ);
});
