import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { adapterFiles, factoryName } from "./template.ts";

const TEMPLATES = fileURLToPath(new URL("./templates/", import.meta.url));

/** A new adapter in a package of its own. */
export interface Project {
  /** Its folder, below the one that was named. */
  readonly folder: string;
  /** The factory that it exports, such as `dynamoBackup`. */
  readonly factory: string;
}

interface Manifest {
  readonly [field: string]: unknown;
}

/**
 * Writes a new adapter into a folder of its own, with its tests and everything that compiles them. Throws an `Error` that says what to type
 * instead, and has written nothing then.
 *
 * @example
 * ```ts
 * import { createProject } from "@lastgood/create-adapter";
 *
 * const { folder, factory } = createProject(".", "backup", "dynamo"); // ./backup-dynamo, dynamoBackup
 * ```
 */
export function createProject(parent: string, kind: string | undefined, name: string | undefined): Project {
  const packageName = (wanted: string, store: string): string => `lastgood-${wanted}-${store}`;
  const files = adapterFiles(TEMPLATES, { kind, name, packageName, command: "npm create @lastgood/adapter" });
  const folder = `${kind}-${name}`;
  if (existsSync(join(parent, folder))) throw new Error(`${folder} is there already. Take another name, or remove the folder first.`);
  for (const { path, text } of [...files.map(standAlone), baseOptions()]) {
    mkdirSync(dirname(join(parent, folder, path)), { recursive: true });
    writeFileSync(join(parent, folder, path), text);
  }
  return { folder, factory: factoryName(kind === "cache" ? "cache" : "backup", name ?? "") };
}

/** A file as it is outside the repository of lastgood. */
function standAlone(file: { readonly path: string; readonly text: string }): typeof file {
  if (file.path === "package.json") return { ...file, text: json(manifestOf(parsed(file.text))) };
  if (file.path === "tsconfig.json") return { ...file, text: json({ extends: "./tsconfig.base.json", include: ["src"] }) };
  return file;
}

function baseOptions(): { readonly path: string; readonly text: string } {
  return { path: "tsconfig.base.json", text: readFileSync(join(TEMPLATES, "tsconfig.base.json"), "utf8") };
}

function manifestOf(template: Manifest): Manifest {
  const { private: _, ...fields } = template;
  const own = parsed(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const range = `^${String(own["version"])}`; // all packages of lastgood have one version
  return {
    ...fields,
    keywords: ["lastgood", "cache", "fallback", "last-known-good"],
    scripts: { build: "tsc -b", test: "tsc -b && vitest run", prepublishOnly: "tsc -b" },
    peerDependencies: { "@lastgood/core": range },
    devDependencies: { "@lastgood/adapter-tests": range, "@lastgood/cache-memory": range, "@lastgood/core": range, ...parsed(readFileSync(join(TEMPLATES, "tools.json"), "utf8")) },
  };
}

function parsed(text: string): Manifest {
  return JSON.parse(text) as Manifest; // each of these files is an object
}

function json(value: Manifest): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
