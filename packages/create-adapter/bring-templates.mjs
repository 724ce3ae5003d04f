/** Puts the templates of the repository into dist, with what a package outside it needs: the compiler's options, and versions of tools. */

import { cp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const target = fileURLToPath(new URL("dist/templates/", import.meta.url));
const MADE = new Set(["dist", "node_modules", ".turbo"]);

await rm(target, { recursive: true, force: true });
await cp(join(root, "templates"), target, { recursive: true, filter: (path) => !MADE.has(basename(path)) });
// In a package, a package.json within a folder would be taken for that of a package.
for (const template of await readdir(target)) await rename(join(target, template, "package.json"), join(target, template, "manifest.json"));
await cp(join(root, "tsconfig.base.json"), join(target, "tsconfig.base.json"));

/** @type {{ devDependencies: Record<string, string> }} */
const { devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const tools = ["@types/node", "typescript", "vitest"].map((name) => [name, `^${devDependencies[name]}`]);
await writeFile(join(target, "tools.json"), `${JSON.stringify(Object.fromEntries(tools), null, 2)}\n`);
