/** Makes a package of an adapter out of the template of its kind. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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
  checkKind(kind);
  checkName(name);
  const folder = `packages/${kind}-${name}`;
  if (existsSync(join(root, folder)))
    throw new Error(`${folder} is there already. Take another name, or remove the folder first.`);

  const names = namesOf(kind, name);
  const template = join(root, "templates", `${kind}-adapter`);
  for (const file of filesOf(template)) {
    const target = join(root, folder, rename(file, names));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, rename(readFileSync(join(template, file), "utf8"), names));
  }
  publish(root, folder, `lastgood ${kind} in ${name}.`);
  return { folder, packageName: `@lastgood/${kind}-${name}`, factory: rename(`example${capitalised(kind)}`, names) };
}

/**
 * @param {string | undefined} kind
 * @returns {asserts kind is "backup" | "cache"}
 */
function checkKind(kind) {
  if (kind === "backup" || kind === "cache") return;
  throw new Error(
    `The kind of an adapter is backup or cache, not ${shown(kind)}. For example: npm run new-adapter -- backup dynamo`,
  );
}

/**
 * @param {string | undefined} name
 * @returns {asserts name is string}
 */
function checkName(name) {
  if (name === undefined || !/^[a-z][a-z\d]*(?:-[a-z\d]+)*$/.test(name) || name.length > 40) {
    const rule = "The name of a store has small letters, digits and single dashes, such as dynamo or dynamo-db";
    throw new Error(`${rule}, and is not ${shown(name)}.`);
  }
  if (name === "adapter" || name === "example")
    throw new Error(`${shown(name)} is what the template calls itself. Take the name of the store.`);
}

/** @param {string | undefined} text */
function shown(text) {
  return text === undefined ? "left out" : JSON.stringify(text.slice(0, 60));
}

/**
 * @param {string} kind
 * @param {string} name
 * @returns {readonly (readonly [string, string])[]} What the template says, and what to say in its place.
 */
function namesOf(kind, name) {
  const pascal = name.split("-").map(capitalised).join("");
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1);
  return [
    [`lastgood-template-${kind}-adapter`, `@lastgood/${kind}-${name}`],
    [`${kind}-adapter`, `${kind}-${name}`],
    [`example${capitalised(kind)}`, `${camel}${capitalised(kind)}`],
    ["Example", pascal],
    [`"example"`, `"${name}"`],
    [`"../../packages/core"`, `"../core"`],
  ];
}

/** @param {string} word */
function capitalised(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** @param {string} text @param {ReturnType<typeof namesOf>} names */
function rename(text, names) {
  return names.reduce((result, [from, to]) => result.replaceAll(from, to), text);
}

/** @param {string} folder @returns {string[]} */
function filesOf(folder, within = "") {
  return readdirSync(join(folder, within), { withFileTypes: true }).flatMap((entry) => {
    const path = join(within, entry.name);
    if (!entry.isDirectory()) return [path];
    return entry.name === "dist" || entry.name === "node_modules" ? [] : filesOf(folder, path);
  });
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
