import { lstat, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { Phase, Step } from "./changes.ts";
import { type Contents, contentsOf, type Listing, listingOf } from "./contents.ts";
import type { DirectoryTree } from "./directories.ts";
import { ifThere } from "./errors.ts";
import { fillNewFile, flushFile, removeFiles } from "./files.ts";
import { type Home, Homes } from "./homes.ts";
import { recordFile, temporaryFile } from "./layout.ts";
import type { Settings } from "./options.ts";
import { Shared } from "./shared.ts";
import { superseded } from "./superseded.ts";

export interface NewRecord {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly loadedAt: number;
  readonly usedAt: number;
}

/**
 * Adds records so that they survive a loss of power. The content is flushed before it gets its name, and the name before
 * the caller hears of it: without the one, a loss of power leaves empty files; without the other, acknowledged records
 * are missing.
 */
export class DurableWrites {
  readonly #settings: Settings;
  readonly #tree: DirectoryTree;
  readonly #homes: Homes;
  readonly #checks = new Shared<boolean>();
  readonly #listings = new Shared<Listing | undefined>();
  readonly #flushes = new Shared<void>();

  constructor(settings: Settings, tree: DirectoryTree) {
    this.#settings = settings;
    this.#tree = tree;
    this.#homes = new Homes(settings.root);
  }

  /** Resolves with the newest stamp of the id. */
  async write(record: NewRecord, step: Step): Promise<number> {
    const home = await this.#homeOf(record.id, step);
    const named = await this.#settle(record, await this.#make(record, home, step), step);
    await this.flush(dirname(named.path), "flushNames", step);
    await this.#prune(named.path, named.contents, step);
    return Math.max(record.loadedAt, named.contents.records[0]?.loadedAt ?? 0);
  }

  /** Makes all names in a directory durable, those that are gone included. Changes that ask at the same time share one flush. */
  flush(directory: string, phase: Phase, step: Step): Promise<void> {
    return this.#flushes.run(directory, (work) => step(phase, work), () => this.#tree.flush(directory));
  }

  async #homeOf(id: string, step: Step): Promise<Home> {
    const known = this.#homes.recall(id);
    if (known !== undefined) {
      const isStill = await this.#checks.run(known, (work) => step("look", work), () => this.#homes.isStill(known));
      if (isStill) return { path: known, isThere: true, unflushedParents: [] };
    }
    return this.#homes.find(id, await this.#contentsOf(id, "look", step));
  }

  /** Whole or absent: the file gets its name when its content is durable, and when all directories that lead to it are. */
  async #make({ id, bytes, loadedAt, usedAt }: NewRecord, home: Home, step: Step): Promise<string> {
    const path = recordFile(home.path, id, loadedAt, usedAt);
    const temporary = temporaryFile(home.path);
    try {
      const handle = await step("fill", async () => {
        if (!home.isThere) await this.#tree.make(home.path);
        return fillNewFile(temporary, bytes);
      });
      await step("flush", () => flushFile(temporary, handle));
      for (const parent of home.unflushedParents) await this.flush(parent, "flush", step);
      await step("name", () => rename(temporary, path));
      return path;
    } catch (error) {
      // If this fails as well, a sweep removes the file.
      await step("tidy", () => unlink(temporary).catch(() => undefined));
      throw error;
    }
  }

  /**
   * Looks at what there is of the id now, which another process may have written meanwhile. Of several records with one
   * stamp, the one used last counts. If that is an earlier write, ours takes its place: the later write must stay.
   */
  async #settle(record: NewRecord, path: string, step: Step): Promise<{ readonly path: string; readonly contents: Contents }> {
    const contents = await this.#contentsOf(record.id, "list", step);
    const unknown = this.#homes.review(contents.levels);
    if (unknown !== undefined) await step("list", () => this.#homes.learn(unknown));
    const counting = contents.records.find((other) => other.loadedAt === record.loadedAt)?.path ?? path;
    if (counting === path) return { path, contents };
    await step("name", () => rename(path, counting));
    return this.#settle(record, counting, step);
  }

  /** Known to be durable: our record, and the names that were in the same directory before our flush, if they still are. */
  async #prune(path: string, { records, marks }: Contents, step: Step): Promise<void> {
    const flushed = records.map((record) => record.path).filter((other) => dirname(other) === dirname(path));
    const { paths, by } = superseded({ records, marks }, new Set(flushed), this.#settings.generations);
    if (paths.length === 0) return;
    const prune = async (): Promise<void> => {
      if (await areThere(by.filter((other) => other !== path))) await removeFiles(paths);
    };
    // The record is durable, so a failure here is no failure of the write. The next write tries again.
    await step("tidy", prune).catch(() => undefined);
  }

  #contentsOf(id: string, phase: "look" | "list", step: Step): Promise<Contents> {
    // After "look" all directories that lead to the record have just been seen.
    return contentsOf(this.#settings.root, id, (path, isReal) =>
      this.#listings.run(`${phase} ${path}`, (work) => step(phase, work), () => listingOf(path, isReal || phase === "list")),
    );
  }
}

async function areThere(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if ((await ifThere(lstat(path))) === undefined) return false;
  return true;
}
