/** Which pages the site has. Each is a file of the repository; what stands in two places is written in one. */

import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../", import.meta.url));

/**
 * @typedef {object} Page
 * @property {string} [source] Relative to the repository. A page without one is written by reference.mjs.
 * @property {string} path On the site, without an ending, such as "reference/core".
 * @property {string} title In the sidebar.
 *
 * @typedef {object} Group
 * @property {string} title
 * @property {readonly Page[]} pages
 */

/** @param {string} source @param {string} path @param {string} title @returns {Page} */
function page(source, path, title) {
  return { source, path, title };
}

/** @returns {readonly Page[]} */
function packages() {
  return readdirSync(join(ROOT, "packages")).map((folder) => {
    /** @type {{ name: string }} */
    const { name } = JSON.parse(readFileSync(join(ROOT, "packages", folder, "package.json"), "utf8"));
    return page(`packages/${folder}/README.md`, `reference/${folder}`, name);
  });
}

/**
 * @typedef {object} EntryPoint
 * @property {string} name As a program imports it, such as "@lastgood/core/adapter".
 * @property {string} declarations Relative to the repository, once it is built.
 * @property {string} file Its page in the folder of the reference, such as "core-adapter".
 */

/** Where the pages are that say every exported name. */
export const API = "api";

/** @type {readonly EntryPoint[]} */
export const ENTRY_POINTS = readdirSync(join(ROOT, "packages")).flatMap((folder) => {
  /** @type {{ name: string, exports: Record<string, string | { types: string }> }} */
  const { name, exports } = JSON.parse(readFileSync(join(ROOT, "packages", folder, "package.json"), "utf8"));
  return Object.entries(exports).flatMap(([entry, target]) => {
    if (typeof target === "string") return []; // package.json itself
    return { name: posix.join(name, entry), declarations: posix.join("packages", folder, target.types), file: `${folder}${entry.slice(1).replace("/", "-")}` };
  });
});

/** @returns {readonly Page[]} */
function decisions() {
  const files = readdirSync(join(ROOT, "docs/decisions")).filter((file) => /^\d+-.*\.md$/.test(file));
  return files.map((file) => page(`docs/decisions/${file}`, `decisions/${file.slice(0, -3)}`, file.slice(0, 3)));
}

/** @type {readonly Group[]} */
export const SIDEBAR = [
  {
    title: "Guide",
    pages: [
      page("README.md", "index", "What it is"),
      page("site/pages/start.md", "start", "Five minutes"),
      page("site/pages/how-it-works.md", "how-it-works", "How it works"),
      page("site/pages/promises.md", "promises", "Promises"),
      page("site/pages/choosing.md", "choosing", "Choosing a cache and a backup"),
      page("site/pages/comparison.md", "comparison", "Comparison"),
      page("examples/recipes/README.md", "recipes", "Recipes"),
      page("site/pages/production.md", "production", "In production"),
      page("site/pages/three-in-the-morning.md", "three-in-the-morning", "At three in the morning"),
      page("site/pages/testing.md", "testing", "Testing your program"),
      page("site/pages/upgrading.md", "upgrading", "Upgrading"),
    ],
  },
  {
    title: "Security",
    pages: [
      page("site/pages/security-model.md", "security-model", "Security model"),
      page("site/pages/erasing.md", "erasing", "Erasing a person's data"),
      page("SECURITY.md", "security", "Reporting a vulnerability"),
    ],
  },
  {
    title: "Coming from",
    pages: [
      page("site/pages/migration.md", "migration", "Another cache"),
      ...["cache-manager", "bentocache", "keyv"].map((name) => page(`site/pages/migration-${name}.md`, `migration-${name}`, name)),
      page("site/pages/datastore-py.md", "datastore-py", "datastore.py"),
    ],
  },
  {
    title: "Extending",
    pages: [page("CONTRIBUTING.md", "contributing", "Writing an adapter"), page("site/pages/codec.md", "codec", "Writing a codec")],
  },
  { title: "Reference", pages: [...packages(), { path: `${API}/index`, title: "Every exported name" }] },
  {
    title: "Evidence",
    pages: [
      page("FAULTS.md", "faults", "Faults"),
      page("docs/MATRIX.md", "matrix", "Where it runs"),
      page("docs/HTTP.md", "http-cases", "HTTP, case by case"),
      page("benchmarks/RESULTS.md", "results", "What it costs"),
      page("docs/decisions/README.md", "decisions/index", "Decisions"),
    ],
  },
];

/** Beside the pages of the reference: the entry points. @type {readonly Group[]} */
export const API_SIDEBAR = [{ title: "Every exported name", pages: ENTRY_POINTS.map(({ name, file }) => ({ path: `${API}/${file}/index`, title: name })) }];

/** Every page, those that the sidebar leaves to an index as well. @type {readonly Page[]} */
export const PAGES = [...SIDEBAR.flatMap(({ pages }) => pages), ...decisions()];
