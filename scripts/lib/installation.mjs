/** Tells whether node_modules is still what the lock file and the manifests ask for, without asking pnpm. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { memberFolders, readManifest } from "./workspace.mjs";

/**
 * @param {string} root
 * @returns {boolean}
 */
export function installationIsCurrent(root) {
  const stamp = stampFile(root);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint(root) && everythingIsLinked(root);
}

/**
 * To be called once everything is installed.
 * @param {string} root
 */
export function rememberInstallation(root) {
  writeFileSync(stampFile(root), fingerprint(root));
}

/** @param {string} root */
function stampFile(root) {
  return join(root, "node_modules/.setup");
}

/** @param {string} root */
function fingerprint(root) {
  const manifests = ["", ...memberFolders(root)].map((folder) => join(folder, "package.json"));
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${process.versions.modules}`);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests]) {
    hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

/**
 * Somebody may have removed a node_modules since.
 * @param {string} root
 */
function everythingIsLinked(root) {
  return ["", ...memberFolders(root)].every((folder) => {
    const { dependencies, devDependencies } = readManifest(root, folder);
    const names = Object.keys({ ...dependencies, ...devDependencies });
    return names.every((name) => existsSync(join(root, folder, "node_modules", name, "package.json")));
  });
}
