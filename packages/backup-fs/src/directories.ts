import { constants } from "node:fs";
import { chmod, lstat, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "@lastgood/core/adapter";
import { naming } from "./errors.ts";
import { closeSoon } from "./files.ts";

const OWNER_ONLY = 0o700;

/**
 * Makes and flushes the directories of a store so that they survive a loss of power. A name is durable once the directory
 * it is in has been flushed.
 */
export class DirectoryTree {
  readonly #root: string;
  /** Not so because the root is there: it may have been made by a process that died before it could flush its name. */
  #rootIsDurable = false;

  constructor(root: string) {
    this.#root = root;
  }

  async makeRoot(): Promise<void> {
    if (this.#rootIsDurable) return;
    await makeDurably(this.#root);
    this.#rootIsDurable = true;
  }

  /** Makes a directory below the root. The root is made too, if this is the first write ever or somebody removed the store. */
  async make(path: string): Promise<void> {
    try {
      await makeOne(path);
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || dirname(path) !== this.#root) throw error;
      this.#rootIsDurable = false;
      await this.makeRoot();
      await makeOne(path);
    }
  }

  /** Makes every name in a directory of the store durable. */
  async flush(path: string): Promise<void> {
    if (path === this.#root) await this.makeRoot();
    await syncDirectory(path);
  }
}

/** Flushes what the directory says its entries are: files made, renamed and removed in it. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await naming(path, handle.sync());
  } finally {
    closeSoon(handle);
  }
}

async function makeDurably(path: string): Promise<void> {
  const made = await madeNow(path);
  try {
    await syncDirectory(dirname(path));
  } catch (error) {
    // An administrator may have made our root in a directory that we may not open: then its being there is their affair.
    if (made || codeOf(error) !== "EACCES") throw error;
  }
}

/** Makes the missing parents too. True if the directory was not there before. */
async function madeNow(path: string): Promise<boolean> {
  try {
    return await makeOne(path);
  } catch (error) {
    // A path whose topmost directory is missing, such as a drive that is not there, would never come to an end.
    if (codeOf(error) !== "ENOENT" || dirname(path) === path) throw error;
  }
  await makeDurably(dirname(path));
  return makeOne(path);
}

async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path, OWNER_ONLY);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
  // The umask takes permissions away, and could take the owner's. Changed only then: some file systems refuse any change.
  const { mode } = await lstat(path);
  if ((mode & OWNER_ONLY) !== OWNER_ONLY) await chmod(path, OWNER_ONLY);
  return true;
}
