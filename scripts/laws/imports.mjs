/** The law of who may import what. */

import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { isBundling } from "./manifests.mjs";

/**
 * @typedef {import("../lib/imports.mjs").Import} Import
 * @typedef {import("../lib/repository.mjs").Law} Law
 * @typedef {import("../lib/repository.mjs").Package} Package
 * @typedef {import("../lib/repository.mjs").Repository} Repository
 *
 * @typedef {object} Finding An import, and who has it.
 * @property {Package} member
 * @property {string} file
 * @property {Import & { from: string }} found
 */

const ADAPTER_ENTRY = "@lastgood/core/adapter";

/**
 * @param {Repository} repository
 * @param {readonly string[]} folders Those of each package whose files count.
 * @returns {Generator<{ member: Package, file: string, found: Import }>}
 */
function* findImports({ packages, files, importsOf }, folders) {
  for (const member of packages) {
    const prefixes = folders.map((folder) => `${member.folder}/${folder}/`);
    for (const file of files) {
      if (!/\.[cm]?[jt]s$/.test(file) || !prefixes.some((prefix) => file.startsWith(prefix))) continue;
      for (const found of importsOf(file)) yield { member, file, found };
    }
  }
}

/**
 * @param {string} name
 * @param {readonly string[]} folders
 * @param {(finding: Finding, repository: Repository) => string | undefined} judge Answers with what to do about a wrong import.
 * @returns {Law}
 */
function importLaw(name, folders, judge) {
  return {
    name,
    *violations(repository) {
      for (const { member, file, found } of findImports(repository, folders)) {
        const { from } = found;
        if (from === undefined) continue;
        const todo = judge({ member, file, found: { ...found, from } }, repository);
        if (todo !== undefined) yield { file, line: found.line, what: `${member.title} imports "${from}"`, todo };
      }
    },
  };
}

/** @param {string} from */
export function isRelative(from) {
  return from.startsWith("./") || from.startsWith("../");
}

/** A name of package.json's "imports" is a way to say a file of one's own. @param {string} from */
function isOwn(from) {
  return isRelative(from) || from.startsWith("#");
}

/** @param {string} from @returns {string} The package of an import such as "@scope/name/inner". */
function packageOf(from) {
  return from.split("/", from.startsWith("@") ? 2 : 1).join("/");
}

/** @type {Law} */
const literalImports = {
  name: "what src imports can be read in the source",
  *violations(repository) {
    for (const { member, file, found } of findImports(repository, ["src"])) {
      if (found.from !== undefined) continue;
      yield {
        file,
        line: found.line,
        what: `${member.title} imports what only the running program knows`,
        todo: "Write the name as a literal.",
      };
    }
  },
};

const builtins = importLaw(
  "a builtin of Node is imported with node: before its name",
  ["src", "test"],
  ({ found: { from } }) => (isBuiltin(from) && !from.startsWith("node:") ? `Write "node:${from}".` : undefined),
);

const staysInside = importLaw(
  "src imports no file outside src, and no test one of another package",
  ["src", "test"],
  ({ member, file, found: { from } }) => {
    if (!isRelative(from)) return undefined;
    const inside = file.startsWith(`${member.folder}/src/`) ? `${member.folder}/src/` : `${member.folder}/`;
    const target = posix.join(posix.dirname(file), from);
    return target.startsWith(inside) ? undefined : "Import a package by its name, and move into src what src needs.";
  },
);

const core = importLaw("core imports builtins of Node and itself", ["src"], ({ member, found: { from } }) =>
  member.kind !== "core" || isOwn(from) || isBuiltin(from) ? undefined : "Do without it, or hand it in from outside.",
);

/** What a package has at run time. A build that bundles puts its devDependencies into the package itself. @param {Package} member */
function librariesOf({ manifest }) {
  const { dependencies, devDependencies, peerDependencies, scripts } = manifest;
  return { ...dependencies, ...peerDependencies, ...(isBundling(scripts?.["build"]) ? devDependencies : {}) };
}

const adapter = importLaw(
  "an adapter imports core's entry for adapters, its client library and builtins of Node",
  ["src"],
  ({ member, found: { from } }) => {
    if (member.kind !== "adapter" || isOwn(from) || isBuiltin(from)) return undefined;
    if (from === ADAPTER_ENTRY) return undefined;
    if (from.startsWith("@lastgood/")) return `Import from "${ADAPTER_ENTRY}" alone: adapters know of no one else.`;
    if (packageOf(from) in librariesOf(member)) return undefined;
    return 'Do without it; if it is the store\'s client library, put it under "dependencies".';
  },
);

const kit = importLaw(
  "the conformance kit imports types of core and builtins of Node, and no test runner",
  ["src"],
  ({ member, found }) => {
    const { from, typeOnly } = found;
    if (member.kind !== "kit" || isOwn(from)) return undefined;
    if (isBuiltin(from)) return from === "node:test" ? "Use the describe and it that are handed in." : undefined;
    if (packageOf(from) !== "@lastgood/core") return "Do without it: the kit has to run wherever an adapter is tested.";
    return typeOnly ? undefined : 'Write "import type".';
  },
);

const companion = importLaw(
  "a companion imports core, what its package.json names, and builtins of Node",
  ["src"],
  ({ member, found: { from } }) => {
    if (member.kind !== "companion" || isOwn(from) || isBuiltin(from)) return undefined;
    if (packageOf(from) === "@lastgood/core") return undefined;
    if (from.startsWith("@lastgood/")) return "Import core alone: companions know of no adapter and of no one another.";
    return packageOf(from) in librariesOf(member) ? undefined : 'Put it under "dependencies", or do without it.';
  },
);

const commandLine = importLaw(
  "the command line imports what its package.json names",
  ["src"],
  ({ member, found: { from } }) => {
    if (member.kind !== "cli" || isOwn(from) || isBuiltin(from)) return undefined;
    return packageOf(from) in { ...member.manifest.dependencies }
      ? undefined
      : 'Put it under "dependencies", or do without it.';
  },
);

const publicEntry = importLaw(
  "a package is imported through its public entry points",
  ["src", "test"],
  ({ found: { from } }, { packages }) => {
    const imported = packages.find(({ manifest }) => manifest.name === packageOf(from));
    if (!imported) return undefined;
    const entry = `.${from.slice(packageOf(from).length)}`;
    const entries = Object.keys(imported.manifest["exports"] ?? {});
    return entries.includes(entry)
      ? undefined
      : `Import from ${entries.map((name) => posix.join(imported.manifest.name, name)).join(" or ")}.`;
  },
);

/** @type {readonly Law[]} */
export const importLaws = [literalImports, builtins, staysInside, core, adapter, kit, companion, commandLine, publicEntry];
