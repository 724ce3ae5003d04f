/** Laws about package.json. */

import { isDeepStrictEqual } from "node:util";
import { lineOf } from "../lib/repository.mjs";

/**
 * @typedef {import("../lib/repository.mjs").Law} Law
 * @typedef {import("../lib/repository.mjs").Package} Package
 * @typedef {import("../lib/repository.mjs").Repository} Repository
 */

const CORE = "@lastgood/core";

/**
 * @param {Repository} repository
 * @param {Package} member
 * @param {string} field Where to look: the first place in the file that has it.
 * @param {string} what
 * @param {string} todo
 */
function violation({ read }, { folder }, field, what, todo) {
  const file = `${folder}/package.json`;
  return { file, line: lineOf(read(file), `"${field}"`), what, todo };
}

/** @param {Package} member */
function expectedFields({ title, kind, isTemplate }) {
  return {
    name: expectedName(title, kind, isTemplate),
    license: "MIT",
    type: "module",
    // The command line is there for its effects. Of every other package a bundler may drop what is not used.
    sideEffects: kind === "cli" ? undefined : false,
    files: ["dist", "src", "!dist/.tsbuildinfo"],
    engines: { node: ">=20.19" },
    private: isTemplate ? true : undefined,
    publishConfig: isTemplate ? undefined : { access: "public" },
  };
}

/** @param {string} title @param {Package["kind"]} kind @param {boolean} isTemplate */
function expectedName(title, kind, isTemplate) {
  if (isTemplate) return `lastgood-template-${title}`;
  return kind === "cli" ? "lastgood" : `@lastgood/${title}`;
}

/** @type {Law} */
const sameFields = {
  name: "package.json says the same everywhere",
  *violations(repository) {
    for (const member of repository.packages) {
      for (const [field, expected] of Object.entries(expectedFields(member))) {
        if (isDeepStrictEqual(member.manifest[field], expected)) continue;
        const todo = expected === undefined ? `Remove "${field}".` : `Make it "${field}": ${JSON.stringify(expected)}.`;
        yield violation(repository, member, field, `"${field}" is ${JSON.stringify(member.manifest[field])}`, todo);
      }
    }
  },
};

/** @type {Law} */
const described = {
  name: "a published package says what it is",
  *violations(repository) {
    for (const member of repository.packages) {
      const { description, keywords } = member.manifest;
      if (member.isTemplate) continue;
      if (typeof description !== "string" || description === "") {
        yield violation(repository, member, "description", '"description" is empty', "Say in a sentence what the package is.");
      }
      if (!Array.isArray(keywords) || keywords.length === 0) {
        yield violation(repository, member, "keywords", '"keywords" is empty', "Take those of another package.");
      }
    }
  },
};

/** @type {Law} */
const entryPoints = {
  name: "entry points have their types first, and lead into dist",
  *violations(repository) {
    for (const member of repository.packages) {
      const { "./package.json": self, ...entries } = member.manifest["exports"] ?? {};
      // The command line is started, and not imported.
      const isImportable = "." in entries || member.kind === "cli";
      if (self !== "./package.json" || !isImportable) {
        yield violation(repository, member, "exports", '"exports" lacks "." or "./package.json"', "Add what is missing, as in packages/core/package.json.");
      }
      for (const [entry, target] of Object.entries(entries)) {
        if (isEntryPoint(target)) continue;
        const todo = 'Make it { "types": "./dist/NAME.d.ts", "default": "./dist/NAME.js" }, in this order: the first condition that fits is taken.';
        yield violation(repository, member, entry, `"exports" has ${JSON.stringify(target)} for "${entry}"`, todo);
      }
    }
  },
};

/** @param {unknown} target */
function isEntryPoint(target) {
  const [, name] = /^\{"types":"\.\/dist\/([\w-]+)\.d\.ts",/.exec(JSON.stringify(target)) ?? [];
  return JSON.stringify(target) === JSON.stringify({ types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` });
}

/** @type {Law} */
const onlyBuilds = {
  name: "a package has one script, its build, and runs nothing when it is installed",
  *violations(repository) {
    for (const member of repository.packages) {
      if (isDeepStrictEqual(member.manifest["scripts"], { build: "tsc -b" })) continue;
      const what = `"scripts" is ${JSON.stringify(member.manifest["scripts"])}`;
      yield violation(repository, member, "scripts", what, 'Make it { "build": "tsc -b" }: the commands of the repository are in its own package.json.');
    }
  },
};

/** @type {Law} */
const dependencies = {
  name: "core depends on nothing; an adapter has core as its peer and one client library at most",
  *violations(repository) {
    for (const member of repository.packages) {
      const { kind, manifest } = member;
      const { [CORE]: core, ...clients } = { ...manifest.dependencies, ...manifest.peerDependencies };
      if (kind === "core" && (core !== undefined || Object.keys(clients).length > 0)) {
        yield violation(repository, member, "dependencies", "core has dependencies", "Do without: whatever depends on core depends on them as well.");
      }
      if (kind !== "adapter" && kind !== "kit") continue;
      if (manifest.peerDependencies?.[CORE] !== "workspace:^" || manifest.dependencies?.[CORE] !== undefined) {
        const todo = `Put "${CORE}": "workspace:^" under "peerDependencies" alone, so that a program has one core.`;
        yield violation(repository, member, "peerDependencies", "core is no peer of this package", todo);
      }
      if (manifest.devDependencies?.[CORE] !== "workspace:^") {
        yield violation(repository, member, "devDependencies", "core is not there for the tests", `Put "${CORE}": "workspace:^" under "devDependencies" too.`);
      }
      const allowed = kind === "kit" ? 0 : 1;
      if (Object.keys(clients).length > allowed) {
        const what = `it depends on ${Object.keys(clients).join(", ")}`;
        yield violation(repository, member, "dependencies", what, kind === "kit" ? "Do without." : "Keep one, the client of the store.");
      }
    }
  },
};

/** @type {Law} */
const versions = {
  name: "a dependency is a version from the registry, or a member of the workspace as workspace:^",
  *violations(repository) {
    const members = new Set(repository.packages.map(({ manifest }) => manifest.name));
    for (const member of repository.packages) {
      const { manifest } = member;
      for (const group of [manifest.dependencies, manifest.devDependencies, manifest.peerDependencies]) {
        for (const [name, range] of Object.entries(group ?? {})) {
          // A second version of a client, to test against, goes by a name of its own: "npm:client@5.1.0".
          const version = group === manifest.devDependencies ? range.replace(/^npm:@?[\w./-]+@/, "") : range;
          const isVersion = /^[\^~<>=\s|.\d]*\d[-\w.]*$/.test(version);
          if (range === "workspace:^" || (isVersion && !members.has(name))) continue;
          const todo = members.has(name) ? 'Make it "workspace:^".' : 'Make it a range of versions such as "^1.2.3".';
          yield violation(repository, member, name, `"${name}" is "${range}"`, todo);
        }
      }
    }
  },
};

/** @type {readonly Law[]} */
export const manifestLaws = [sameFields, described, entryPoints, onlyBuilds, dependencies, versions];
