/** Puts the packed packages, and the tests of the repository, into the folder of a runtime. */

import { cp, mkdir, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { must, published } from "../lib/packing.mjs";
import { root } from "../lib/run.mjs";

/**
 * @param {string} folder
 * @param {readonly string[]} tarballs
 */
export async function layOut(folder, tarballs) {
  for (const { folder: member, title, manifest } of published) {
    const tarball = tarballs.find((file) => isOf(basename(file), manifest.name));
    if (tarball === undefined) throw new Error(`there is no tarball of ${manifest.name}`);
    const place = join(folder, member);
    await rm(place, { recursive: true, force: true });
    await mkdir(place, { recursive: true });
    await must(`${title} could not be unpacked`, ["tar", "-xzf", tarball, "-C", place, "--strip-components=1"]);
    await cp(join(root, member, "test"), join(place, "test"), { recursive: true });
    await link(place, join(folder, "node_modules", manifest.name));
  }
  for (const member of ["examples", "integration"]) await copyMember(member, folder);
  await link(join(root, "services"), join(folder, "services"));
  await link(join(root, "services"), join(folder, "node_modules/@lastgood/services"));
}

/** @param {string} file Such as "lastgood-core-1.0.0.tgz". @param {string} name */
function isOf(file, name) {
  const [, stem = ""] = /^(.+?)-\d+\./.exec(file) ?? [];
  return stem === name.replace("@", "").replace("/", "-");
}

/** @param {string} member @param {string} folder */
async function copyMember(member, folder) {
  await rm(join(folder, member), { recursive: true, force: true });
  await cp(join(root, member), join(folder, member), { recursive: true, filter: (path) => basename(path) !== "node_modules" });
}

/** @param {string} target @param {string} place */
async function link(target, place) {
  await rm(place, { recursive: true, force: true });
  await symlink(target, place);
}
