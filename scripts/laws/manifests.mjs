/** Laws about package.json. */

import { isDeepStrictEqual } from "node:util";
import { HOME, lineOf } from "../lib/repository.mjs";

/**
 * @typedef {import("../lib/repository.mjs").Law} Law
 * @typedef {import("../lib/repository.mjs").Package} Package
 *
 * @typedef {object} Complaint
 * @property {string} at The first place in the file that has this field or name is the one to look at.
 * @property {string} what
 * @property {string} todo
 */

const CORE = "@lastgood/core";

/**
 * @param {string} name
 * @param {(member: Package, names: ReadonlySet<string>) => Iterable<Complaint>} judge Is told the names of all packages.
 * @returns {Law}
 */
function manifestLaw(name, judge) {
  return {
    name,
    *violations({ packages, read }) {
      const names = new Set(packages.map(({ manifest }) => manifest.name));
      for (const member of packages) {
        const file = `${member.folder}/package.json`;
        for (const { at, what, todo } of judge(member, names)) {
          yield { file, line: lineOf(read(file), `"${at}"`), what, todo };
        }
      }
    },
  };
}

/** @param {Package} member */
function expectedFields({ folder, title, kind, isTemplate, manifest }) {
  return {
    name: expectedName(title, kind, isTemplate),
    license: "MIT",
    type: "module",
    // The command line is there for its effects. Of every other package a bundler may drop what is not used.
    sideEffects: kind === "cli" ? undefined : false,
    files: kind === "cli" ? ["dist", "man", "src", "!dist/.tsbuildinfo"] : ["dist", "src", "!dist/.tsbuildinfo"],
    engines: { node: ">=20.19" },
    scripts: { build: buildOf(kind, manifest["scripts"]?.build) },
    private: isTemplate ? true : undefined,
    publishConfig: isTemplate ? undefined : { access: "public" },
    // One of an unknown kind is told that alone.
    ...(isTemplate || kind === undefined ? {} : addressesOf(folder)),
  };
}

/** What npm shows beside a package, and what provenance is checked against. @param {string} folder */
export function addressesOf(folder) {
  return {
    homepage: `${HOME}/tree/main/${folder}#readme`,
    bugs: `${HOME}/issues`,
    repository: { type: "git", url: `git+${HOME}.git`, directory: folder },
  };
}

/** @param {Record<string, any> | undefined} entries */
function olderResolution(entries = {}) {
  const inner = Object.entries(entries).filter(([entry, target]) => entry !== "." && target?.types);
  return {
    main: entries["."]?.default,
    types: entries["."]?.types,
    typesVersions: inner.length === 0 ? undefined : { "*": Object.fromEntries(inner.map(([entry, target]) => [entry.slice(2), [target.types]])) },
  };
}

/** @param {Package["kind"]} kind @param {string | undefined} build */
function buildOf(kind, build) {
  if (kind === "creator") return "tsc -b && node bring-templates.mjs";
  return isBundling(build) ? build : "tsc -b";
}

/** A package of many files may put them into one, which is read faster. @param {string | undefined} build */
export function isBundling(build) {
  return build !== undefined && /^tsc -b && esbuild [^&|;]+$/.test(build);
}

/** @param {string} title @param {Package["kind"]} kind @param {boolean} isTemplate */
function expectedName(title, kind, isTemplate) {
  if (isTemplate) return `lastgood-template-${title}`;
  return kind === "cli" ? "lastgood" : `@lastgood/${title}`;
}

// That there is no script but the build means also that nothing of ours runs when somebody installs a package.
const sameFields = manifestLaw("package.json says the same everywhere", function* (member) {
  for (const [field, expected] of Object.entries(expectedFields(member))) {
    const found = member.manifest[field];
    if (isDeepStrictEqual(found, expected)) continue;
    const todo = expected === undefined ? `Remove "${field}".` : `Make it "${field}": ${JSON.stringify(expected)}.`;
    yield { at: field, what: `"${field}" is ${JSON.stringify(found)}`, todo };
  }
});

/** Words that people look for a package of this family with. */
export const SEARCHED = ["cache", "fallback", "last-known-good", "stale-if-error", "resilience"];

const described = manifestLaw("a published package says what it is", function* ({ manifest, isTemplate }) {
  if (isTemplate) return;
  if (!manifest["description"]) {
    yield { at: "description", what: '"description" is empty', todo: "Say in a sentence what the package is." };
  }
  if (!manifest["keywords"]?.length) {
    yield { at: "keywords", what: '"keywords" is empty', todo: "Take those of another package." };
    return;
  }
  for (const word of SEARCHED.filter((each) => !manifest["keywords"].includes(each))) {
    yield { at: "keywords", what: `"keywords" lacks "${word}"`, todo: "Add it: people search for it." };
  }
});

const entryPoints = manifestLaw(
  "entry points have their types first, and lead into dist",
  function* ({ kind, manifest }) {
    const { "./package.json": self, ...entries } = manifest["exports"] ?? {};
    // The command line is started, and not imported.
    const isReachable = "." in entries || kind === "cli";
    if (self !== "./package.json" || !isReachable) {
      const todo = "Add what is missing, as in packages/core/package.json.";
      yield { at: "exports", what: '"exports" lacks "." or "./package.json"', todo };
    }
    for (const [entry, target] of Object.entries(entries)) {
      if (isEntryPoint(target)) continue;
      const what = `"exports" has ${JSON.stringify(target)} for "${entry}"`;
      const right = '{ "types": "./dist/NAME.d.ts", "default": "./dist/NAME.js" }';
      yield { at: entry, what, todo: `Make it ${right}, in this order: the first condition that fits is taken.` };
    }
  },
);

/** @param {unknown} target */
function isEntryPoint(target) {
  const text = JSON.stringify(target);
  const [, name] = /^\{"types":"\.\/dist\/([\w-]+)\.d\.ts",/.exec(text) ?? [];
  return text === JSON.stringify({ types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` });
}

const olderEntryPoints = manifestLaw("TypeScript's node10 finds the same entry points, though it does not read exports", function* ({ manifest }) {
  const { "./package.json": self, ...entries } = manifest["exports"] ?? {};
  if (self === undefined || !Object.values(entries).every(isEntryPoint)) return; // another law says so
  for (const [field, expected] of Object.entries(olderResolution(entries))) {
    if (isDeepStrictEqual(manifest[field], expected)) continue;
    const todo = expected === undefined ? `Remove "${field}".` : `Make it "${field}": ${JSON.stringify(expected)}.`;
    yield { at: field, what: `"${field}" is ${JSON.stringify(manifest[field])}`, todo };
  }
});

/** What an adapter may have beside its client: no client of a store, and better than what each adapter would write for itself. */
const TOOLS = new Set(["p-limit"]);

/** @param {Package} member @returns {string[]} What is installed with it: not core, and not what a user may bring. */
function clientsOf({ manifest }) {
  const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return names.filter((name) => name !== CORE && manifest["peerDependenciesMeta"]?.[name]?.optional !== true);
}

const coreAlone = manifestLaw("core depends on nothing", function* ({ kind, manifest }) {
  if (kind !== "core" || !(manifest.dependencies || manifest.peerDependencies)) return;
  const todo = "Do without: whatever depends on core depends on them as well.";
  yield { at: "dependencies", what: "core has dependencies", todo };
});

const corePeer = manifestLaw("core is the peer of adapters, of their tests and of companions", function* ({ kind, manifest }) {
  if (kind !== "adapter" && kind !== "kit" && kind !== "companion") return;
  const { dependencies, devDependencies, peerDependencies } = manifest;
  if (peerDependencies?.[CORE] !== "workspace:^" || dependencies?.[CORE] !== undefined) {
    const todo = `Put "${CORE}": "workspace:^" under "peerDependencies" alone, so that a program has one core.`;
    yield { at: "peerDependencies", what: "core is no peer of this package", todo };
  }
  if (devDependencies?.[CORE] !== "workspace:^") {
    const todo = `Put "${CORE}": "workspace:^" under "devDependencies" too.`;
    yield { at: "devDependencies", what: "core is not there for the tests", todo };
  }
});

const oneClient = manifestLaw("an adapter has one client library at most, the kit none", function* (member) {
  const clients = clientsOf(member);
  const what = `it depends on ${clients.join(", ")}`;
  if (member.kind === "adapter" && clients.filter((name) => !TOOLS.has(name)).length > 1) {
    yield { at: "dependencies", what, todo: "Keep one, the client of the store." };
  }
  if (member.kind === "kit" && clients.length > 0) yield { at: "dependencies", what, todo: "Do without." };
});

const versions = manifestLaw(
  "a dependency is a range of versions, or a member of the workspace as workspace:^",
  function* ({ manifest }, names) {
    for (const group of [manifest.dependencies, manifest.devDependencies, manifest.peerDependencies]) {
      for (const [name, range] of Object.entries(group ?? {})) {
        // A second version of a client, to test against, goes by a name of its own: "npm:client@5.1.0".
        const version = group === manifest.devDependencies ? range.replace(/^npm:@?[\w./-]+@/, "") : range;
        const isVersion = /^[\^~<>=\s|.\d]*\d[-\w.]*$/.test(version);
        if (range === "workspace:^" || (isVersion && !names.has(name))) continue;
        const todo = names.has(name) ? 'Make it "workspace:^".' : 'Make it a range of versions such as "^1.2.3".';
        yield { at: name, what: `"${name}" is "${range}"`, todo };
      }
    }
  },
);

/** @type {readonly Law[]} */
export const manifestLaws = [sameFields, described, entryPoints, olderEntryPoints, coreAlone, corePeer, oneClient, versions];
