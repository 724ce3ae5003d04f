/** Makes a package of an adapter out of the template of its kind, as `npm create @lastgood/adapter` does outside this repository. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { adapterFiles, factoryName } from "@lastgood/create-adapter";
import { addressesOf, SEARCHED } from "../laws/manifests.mjs";

/**
 * @typedef {object} NewAdapter
 * @property {string} folder Relative to the repository, such as "packages/backup-dynamo".
 * @property {string} packageName Such as "@lastgood/backup-dynamo".
 * @property {string} factory Such as "dynamoBackup".
 */

/**
 * @param {string} root The folder of the repository.
 * @param {string | undefined} kind
 * @param {string | undefined} name Of the store, such as "dynamo" or "dynamo-db".
 * @returns {NewAdapter}
 * @throws {Error} Saying what to type instead. Nothing has been written then.
 */
export function createAdapter(root, kind, name) {
  const packageName = (/** @type {string} */ wanted, /** @type {string} */ store) => `@lastgood/${wanted}-${store}`;
  const files = adapterFiles(join(root, "templates"), { kind, name, packageName, command: "npm run new-adapter --" });
  const folder = `packages/${kind}-${name}`;
  if (existsSync(join(root, folder)))
    throw new Error(`${folder} is there already. Take another name, or remove the folder first.`);

  for (const { path, text } of files) {
    const target = join(root, folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text.replaceAll(`"../../packages/core"`, `"../core"`));
  }
  publish(root, folder, `lastgood ${kind} in ${name}.`);
  return { folder, packageName: `@lastgood/${kind}-${name}`, factory: factoryName(kind === "cache" ? "cache" : "backup", name ?? "") };
}

/**
 * A template is private, and a package is not.
 * @param {string} root @param {string} folder @param {string} description
 */
function publish(root, folder, description) {
  const file = join(root, folder, "package.json");
  const { publishConfig } = JSON.parse(readFileSync(join(root, "packages/core/package.json"), "utf8"));
  const { name, version, private: _, engines, ...rest } = JSON.parse(readFileSync(file, "utf8"));
  const { license, type, sideEffects, main, types, exports, files, ...dependencies } = rest;
  const manifest = {
    ...{ name, version, description, keywords: SEARCHED, license, type, sideEffects, exports, main, types, files, engines },
    ...{ ...addressesOf(folder), publishConfig },
    ...dependencies,
  };
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
