/**
 * Programs from another release of Debian, unpacked where nobody else finds them: the machine's own packages and their
 * sources stay as they are.
 */

import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./commands.mjs";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * @typedef {object} Unpacked
 * @property {string} name Of the folder in the cache.
 * @property {string} suite Such as "sid".
 * @property {readonly string[]} packages
 * @property {string} path The folder inside these packages that is wanted.
 * @property {(folder: string) => Promise<unknown>} tryOut Fails if what is in the folder does not work on this machine.
 */

/**
 * Leads the link to the folder, and makes the folder when it is missing.
 * @param {Unpacked} wanted
 * @param {string} link
 */
export async function provideUnpacked(wanted, link) {
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "lastgood-services");
  const target = join(cache, wanted.name);
  if (!existsSync(target)) {
    await mkdir(cache, { recursive: true });
    const folder = await mkdtemp(join(cache, "unpacking-"));
    try {
      await unpackInto(folder, wanted);
      await moveIfFirst(join(folder, "root", wanted.path), target);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  await symlink(target, link);
}

/** @param {string} folder @param {Unpacked} wanted */
async function unpackInto(folder, { name, suite, packages, path, tryOut }) {
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : "";
  await writeFile(join(folder, "suite.list"), `deb ${signed}${await debianMirror(name)} ${suite} main\n`);
  await mkdir(join(folder, "lists/partial"), { recursive: true });
  await mkdir(join(folder, "cache/archives/partial"), { recursive: true });
  const settings = {
    "Dir::State::lists": join(folder, "lists"),
    "Dir::Cache": join(folder, "cache"),
    "Dir::Etc::sourcelist": join(folder, "suite.list"),
    "Dir::Etc::sourceparts": "-",
    "Acquire::Check-Valid-Until": "false",
    "Acquire::Languages": "none",
  };
  const apt = ["apt-get", "-q", ...Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`])];
  await run([...apt, "update"], { cwd: folder });
  await run([...apt, "download", ...packages.map((wanted) => `${wanted}/${suite}`)], { cwd: folder });
  for (const file of (await readdir(folder)).filter((found) => found.endsWith(".deb"))) {
    await run(["dpkg", "-x", file, "root"], { cwd: folder });
  }
  await tryOut(join(folder, "root", path));
}

/** @returns {string} The name of the release of this machine, such as "bookworm". Empty if it is not known. */
export function release() {
  const system = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return /^ID=debian$/m.test(system) ? (/^VERSION_CODENAME=(\w+)$/m.exec(system)?.[1] ?? "") : "";
}

/** @param {string} what @returns {Promise<string>} Where this machine has its own packages from: the same mirror has the other releases too. */
async function debianMirror(what) {
  const sources = release() === "" ? "" : await run(["apt-get", "update", "--print-uris"]);
  const [, mirror] = new RegExp(`^'(.+)/dists/(?:${release()}|stable|oldstable)/InRelease'`, "m").exec(sources) ?? [];
  if (mirror !== undefined) return mirror;
  throw new Error(`This needs ${what}, a server that Debian has a package of, and this machine knows no mirror of Debian.
Run it on Debian 12 or newer, in a container for instance.`);
}

/**
 * Whoever comes later finds the same there.
 * @param {string} from
 * @param {string} to
 */
async function moveIfFirst(from, to) {
  try {
    await rename(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}
