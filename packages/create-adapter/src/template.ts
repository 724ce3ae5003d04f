import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What an adapter is for. */
export type AdapterKind = "backup" | "cache";

/** A file of a new adapter. */
export interface AdapterFile {
  /** Relative to the folder of the adapter. */
  readonly path: string;
  readonly text: string;
}

/** Which adapter to make, and what its package is called. */
interface Wanted {
  readonly kind: string | undefined;
  readonly name: string | undefined;
  readonly packageName: (kind: AdapterKind, name: string) => string;
  /** The command that was typed, for messages. */
  readonly command: string;
}

/**
 * The files of a new adapter, made of the template of its kind. Writes nothing. Throws an `Error` that says what to type instead.
 *
 * @example
 * ```ts
 * import { adapterFiles } from "@lastgood/create-adapter";
 *
 * const files = adapterFiles("./templates", { kind: "backup", name: "dynamo", packageName: () => "backup-dynamo", command: "node make.mjs" });
 * ```
 */
export function adapterFiles(templates: string, { kind, name, packageName, command }: Wanted): readonly AdapterFile[] {
  checkKind(kind, command);
  checkName(name);
  const template = join(templates, `${kind}-adapter`);
  const names = namesOf(kind, name, packageName(kind, name));
  return filesOf(template).map((path) => ({ path: rename(unpacked(path), names), text: rename(readFileSync(join(template, path), "utf8"), names) }));
}

/**
 * What the factory of an adapter is called: `dynamoDbBackup` for a backup in `dynamo-db`.
 *
 * @example
 * ```ts
 * import { factoryName } from "@lastgood/create-adapter";
 *
 * console.log(factoryName("cache", "hazelcast")); // hazelcastCache
 * ```
 */
export function factoryName(kind: AdapterKind, name: string): string {
  const pascal = pascalCase(name);
  return `${pascal.charAt(0).toLowerCase()}${pascal.slice(1)}${capitalised(kind)}`;
}

function checkKind(kind: string | undefined, command: string): asserts kind is AdapterKind {
  if (kind === "backup" || kind === "cache") return;
  throw new Error(`The kind of an adapter is backup or cache, not ${shown(kind)}. For example: ${command} backup dynamo`);
}

function checkName(name: string | undefined): asserts name is string {
  if (name === undefined || !/^[a-z][a-z\d]*(?:-[a-z\d]+)*$/.test(name) || name.length > 40) {
    const rule = "The name of a store has small letters, digits and single dashes, such as dynamo or dynamo-db";
    throw new Error(`${rule}, and is not ${shown(name)}.`);
  }
  if (name === "adapter" || name === "example") throw new Error(`${shown(name)} is what the template calls itself. Take the name of the store.`);
}

function shown(text: string | undefined): string {
  return text === undefined ? "left out" : JSON.stringify(text.slice(0, 60));
}

/** What the template says, and what to say in its place. The longest comes first. */
function namesOf(kind: AdapterKind, name: string, packageName: string): readonly (readonly [string, string])[] {
  return [
    [`lastgood-template-${kind}-adapter`, packageName],
    [`${kind}-adapter`, `${kind}-${name}`],
    [`example${capitalised(kind)}`, factoryName(kind, name)],
    ["Example", pascalCase(name)],
    [`"example"`, `"${name}"`],
  ];
}

function pascalCase(name: string): string {
  return name.split("-").map(capitalised).join("");
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function rename(text: string, names: ReturnType<typeof namesOf>): string {
  return names.reduce((result, [from, to]) => result.replaceAll(from, to), text);
}

function filesOf(folder: string, within = ""): readonly string[] {
  return readdirSync(join(folder, within), { withFileTypes: true }).flatMap((entry) => {
    const path = join(within, entry.name);
    if (!entry.isDirectory()) return [path];
    return entry.name === "dist" || entry.name === "node_modules" ? [] : filesOf(folder, path);
  });
}

/** In the package of this command, the manifest of a template has another name. */
function unpacked(path: string): string {
  return path === "manifest.json" ? "package.json" : path;
}
