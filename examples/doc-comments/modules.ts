import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./extract.ts";

/** The file with the types of every entry of every package: `@lastgood/core/testing` is `packages/core/dist/testing.d.ts`. */
export const ENTRIES: Readonly<Record<string, string>> = entries();

/** The options of the repository's own tests, with the entries under their names. */
export function optionsFor(modules: Readonly<Record<string, string>>): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.test.json"), (path) => ts.sys.readFile(path)) as { config: object };
  const parsed = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  const paths = Object.fromEntries(Object.entries(modules).map(([specifier, path]) => [specifier, [path]]));
  return { ...parsed.options, paths, rootDir: ROOT };
}

function entries(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const directory of readdirSync(join(ROOT, "packages"))) {
    const { name, exports = {} } = JSON.parse(readFileSync(join(ROOT, "packages", directory, "package.json"), "utf8")) as Manifest; // a package.json of ours
    for (const [entry, target] of Object.entries(exports)) {
      if (typeof target === "object" && target.types !== undefined) found[join(name, entry)] = join(ROOT, "packages", directory, target.types);
    }
  }
  return found;
}

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string | { readonly types?: string }>>;
}
