/** Disks of our own: small ones that get full, slow ones, and ones whose power can be cut. As root. */

import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Context } from "../context.mjs";
import { command } from "./command.mjs";

const KINDS = {
  ext4: { size: 24 * 1024 * 1024, make: ["mkfs.ext4", "-q", "-F"] },
  // The smallest that mkfs.xfs makes. The image is sparse.
  xfs: { size: 300 * 1024 * 1024, make: ["mkfs.xfs", "-q", "-f"] },
};

/** A file system of its own, mounted at `path`. */
class Disk {
  /** @type {string} */ path;
  /** @type {readonly string[]} */ #mount;

  /** @param {string} path @param {readonly string[]} mount What `mount` is told, before the path. */
  constructor(path, mount) {
    this.path = path;
    this.#mount = mount;
  }

  async plugIn() {
    await command("mount", ...this.#mount, this.path);
  }

  async plugOut() {
    await command("umount", this.path);
  }

  /**
   * What has not reached the disk by now never will. The file system is shut down without writing its log, which is what it
   * looks like to the disk when a machine loses its power; a cache inside the disk is not part of it.
   */
  async cutPower() {
    await command("xfs_io", "-x", "-c", "shutdown", this.path);
  }

  /** @param {string} options Such as "ro". */
  async remount(options) {
    await command("mount", "-o", `remount,${options}`, this.path);
  }

  /** Whoever writes waits from now on. Reads go on. */
  async freeze() {
    await command("fsfreeze", "--freeze", this.path);
  }

  async thaw() {
    await command("fsfreeze", "--unfreeze", this.path);
  }
}

/**
 * A file system in a file.
 * @param {Context} context
 * @param {keyof typeof KINDS} kind
 * @param {string} [options] Such as "noatime".
 */
export async function loopDisk(context, kind, options = "defaults") {
  const folder = await context.directory();
  const image = join(folder, "image");
  const { size, make: [program = "", ...args] } = KINDS[kind];
  await writeFile(image, "");
  await truncate(image, size);
  await command(program, ...args, image);
  return mounted(context, folder, ["-t", kind, "-o", `loop,${options}`, image]);
}

/**
 * A file system in memory, with so many bytes and so many files and directories.
 * @param {Context} context
 * @param {{ size: number, inodes?: number }} limits
 */
export async function smallDisk(context, { size, inodes = 100_000 }) {
  return mounted(context, await context.directory(), ["-t", "tmpfs", "-o", `size=${size},nr_inodes=${inodes},mode=700`, "tmpfs"]);
}

/** @returns {Promise<string | undefined>} Why this machine, which has the programs, does not mount a file as a disk. */
export async function whyNoDisks() {
  const context = new Context();
  try {
    for (const kind of /** @type {const} */ (["ext4", "xfs"])) await loopDisk(context, kind);
    return undefined;
  } catch (error) {
    return `it does not mount files as disks: ${error instanceof Error ? error.message.trim() : error}`;
  } finally {
    await context.tearDown();
  }
}

/** @param {Context} context @param {string} folder @param {readonly string[]} mount */
async function mounted(context, folder, mount) {
  const disk = new Disk(join(folder, "disk"), mount);
  await command("mkdir", disk.path);
  await disk.plugIn();
  // Before its folder is removed; whoever still has a file of it open must not be in the way.
  context.after(() => command("umount", "--lazy", disk.path).catch(() => {}));
  return disk;
}
