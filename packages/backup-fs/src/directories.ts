import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, opendir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "@lastgood/core/adapter";
import { ifThere, naming } from "./errors.ts";

const OWNER_ONLY = 0o700;

/**
 * Makes the directories of ids so that they survive a loss of power. A name is durable once the directory it is in has
 * been flushed, so each new directory flushes its parent, and the parents come first: where there is a record, all that
 * leads to it is durable.
 */
export class DirectoryTree {
  readonly #root: string;
  /** The root and its shards, once flushed: they may have been made by a process that died before it could do it. */
  readonly #flushed = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  async makeRoot(): Promise<void> {
    await this.#flushOnce(this.#root);
  }

  /** For an id without records, whose directory nobody may have flushed even if it is there. */
  async make(idDirectory: string): Promise<void> {
    await this.#flushOnce(this.#root);
    await this.#flushOnce(dirname(idDirectory));
    await makeDirectory(idDirectory);
  }

  async #flushOnce(directory: string): Promise<void> {
    if (this.#flushed.has(directory)) return;
    await makeDirectory(directory);
    this.#flushed.add(directory);
  }
}

/** Flushes what the directory says its entries are: files made, renamed and removed in it. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await naming(path, handle.sync());
  } finally {
    await handle.close();
  }
}

/**
 * The paths of the directories in `path` with a name that `isOurs`, streamed. Each look at the disk is a `step`, so that
 * nobody has to wait for the caller to be done with the one it got.
 */
export async function* directoriesIn(
  path: string,
  isOurs: (name: string) => boolean,
  step: <T>(work: () => Promise<T>) => Promise<T>,
): AsyncGenerator<string, void, undefined> {
  const entries = await step(() => ifThere(opendir(path)));
  if (entries === undefined) return;
  try {
    for (;;) {
      const entry = await step(() => entries.read());
      if (entry === null) return;
      if (entry.isDirectory() && isOurs(entry.name)) yield join(path, entry.name);
    }
  } finally {
    await entries.close();
  }
}

async function makeDirectory(path: string): Promise<void> {
  const made = await madeNow(path);
  try {
    await syncDirectory(dirname(path));
  } catch (error) {
    // An administrator may have made our root in a directory that we may not open: then its being there is their affair.
    if (made || codeOf(error) !== "EACCES") throw error;
  }
}

/**
 * True if it was not there before. Parents that are missing, because this is the first write ever or because somebody
 * removed the store while it was in use, are made too.
 */
async function madeNow(path: string): Promise<boolean> {
  try {
    return await makeOne(path);
  } catch (error) {
    // Without a parent, as a drive that is not there, it would go on for ever.
    if (codeOf(error) !== "ENOENT" || dirname(path) === path) throw error;
  }
  await makeDirectory(dirname(path));
  return makeOne(path);
}

async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path, OWNER_ONLY);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
  // The umask takes bits away, and could take ours. Only then: file systems without permissions refuse to change them.
  const { mode } = await lstat(path);
  if ((mode & OWNER_ONLY) !== OWNER_ONLY) await chmod(path, OWNER_ONLY);
  return true;
}
