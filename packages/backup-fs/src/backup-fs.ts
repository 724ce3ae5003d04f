import { lstat } from "node:fs/promises";
import { basename } from "node:path";
import {
  type BackupAdapter,
  type BackupFactory,
  type BackupInfo,
  type BackupRecord,
  type CallOptions,
  codeOf,
  messageOf,
  type ReleaseLock,
  type StoreUrl,
  storePath,
} from "@lastgood/core/adapter";
import { type Contents, contentsOf, contentsOfReal, lastUse } from "./contents.ts";
import { DirectoryTree, directoriesIn, syncDirectory } from "./directories.ts";
import { despiteRemovals, ifThere } from "./errors.ts";
import { readWhole, refuseLarge, writeDurably } from "./files.ts";
import { markUsed } from "./last-use.ts";
import { idDirectory, isId, isShard, recordFile, refuseBadTime } from "./layout.ts";
import { onlyIfThere } from "./must-exist.ts";
import { type FsBackupOptions, type Settings, settingsFrom } from "./options.ts";
import { removeIfEmpty, removeMarks, removeRecords } from "./removal.ts";
import { Slots } from "./slots.ts";
import { StoreLock } from "./store-lock.ts";
import { sweep } from "./sweep.ts";

/**
 * Makes backups that are files in a directory, which the first write makes if it is not there. Any number of processes may
 * share it. Also for `fromEnv`: `file:./var/backups`, `file:///var/backups?generations=3`.
 */
export interface FsBackupFactory extends BackupFactory {
  /**
   * @param directory a path (a relative one is resolved now) or a `file:` URL
   * @throws TypeError or RangeError for a directory or an option that cannot be meant
   */
  (directory: string | URL, options?: FsBackupOptions): BackupAdapter;
}

export const fsBackup: FsBackupFactory = Object.assign(create, {
  kind: "backup" as const,
  schemes: ["file"],
  urlOptions: ["generations", "maxBytes", "mustExist"],
  fromUrl: (url: StoreUrl) => create(storePath("fsBackup", url), url.options),
});

function create(directory: string | URL, options: FsBackupOptions = {}): BackupAdapter {
  const settings = settingsFrom(directory, options);
  const backup = new FsBackup(settings);
  return settings.mustExist ? onlyIfThere(settings.root, backup) : backup;
}

/**
 * For all stores of the process together. File calls that hang, as they do when a file server is gone, hold the four
 * threads that also look up host names and do cryptography for the whole process: one must always be left.
 *
 * Changes may hold all of these but one: a disk that is frozen, or full behind the back of its file system, holds up every
 * write for as long as that lasts, and goes on to read. Two of them, because disks flush two in less time than one and one.
 */
const slots = new Slots(3);
const changes = new Slots(2);

class FsBackup implements BackupAdapter {
  readonly name = "fs";
  readonly #settings: Settings;
  readonly #tree: DirectoryTree;
  readonly #lock: StoreLock;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#tree = new DirectoryTree(settings.root);
    this.#lock = new StoreLock(settings.root);
  }

  async read(
    id: string,
    options?: CallOptions & { readonly before?: number | undefined },
  ): Promise<BackupRecord | undefined> {
    const directory = this.#directoryOf(id);
    const before = options?.before ?? Infinity;
    return toRead(async () => {
      const { stamps } = await contentsOf(directory);
      const loadedAt = stamps.find((stamp) => stamp < before);
      if (loadedAt === undefined) return undefined;
      return { bytes: await this.#bytesOf(directory, loadedAt), loadedAt };
    }, options);
  }

  async write(
    id: string,
    bytes: Uint8Array,
    options: CallOptions & { readonly loadedAt: number; readonly usedAt: number },
  ): Promise<number> {
    const directory = this.#directoryOf(id);
    const { loadedAt, usedAt } = options;
    refuseBadTime("loadedAt", loadedAt);
    refuseBadTime("usedAt", usedAt);
    refuseLarge("the record", bytes.length, this.#settings.maxBytes);
    return toChange(async () => {
      const contents = await contentsOf(directory);
      if (contents.stamps.length === 0) await this.#tree.make(directory);
      // The mark comes first: a cull that runs at the same time must not take the new record for an unused one.
      const mark = await markUsed(directory, contents, usedAt);
      await writeDurably(recordFile(directory, loadedAt), bytes);
      return this.#prune(directory, loadedAt, { stamps: [...contents.stamps, loadedAt], uses: [...contents.uses, mark] });
    }, options);
  }

  async touch(id: string, options: CallOptions & { readonly usedAt: number }): Promise<void> {
    const directory = this.#directoryOf(id);
    const { usedAt } = options;
    refuseBadTime("usedAt", usedAt);
    await toChange(async () => {
      const contents = await contentsOf(directory);
      if (contents.stamps.length > 0) await markUsed(directory, contents, usedAt);
    }, options);
  }

  /**
   * An id that cannot be looked at does not hide the others: `list` goes on, and throws once it is through.
   * Under the store's lock it also removes what crashes have left behind.
   */
  async *list(options?: CallOptions): AsyncGenerator<BackupInfo, void, undefined> {
    let failure: { readonly error: unknown } | undefined;
    const sweepTime = await toRead(() => this.#lock.fileSystemTime(), options);
    const toLook = sweepTime === undefined ? toRead : toChange;
    for await (const directory of this.#idDirectories(options)) {
      let info: BackupInfo | undefined;
      try {
        info = await toLook(() => infoOf(directory, sweepTime), options);
      } catch (error) {
        failure ??= { error };
      }
      if (info !== undefined) yield info;
    }
    if (failure !== undefined) throw failure.error;
  }

  /** A delete is durable if it does not depend on use. One that does is not flushed: the next cull would repeat it. */
  async delete(id: string, options?: CallOptions & { readonly ifUsedBefore?: number | undefined }): Promise<boolean> {
    const directory = this.#directoryOf(id);
    const limit = options?.ifUsedBefore;
    return toChange(async () => {
      const contents = await contentsOf(directory);
      if (contents.stamps.length === 0 || (limit !== undefined && lastUse(contents) >= limit)) return false;
      const deleted = await removeRecords(directory, contents.stamps);
      if (limit === undefined) await ifThere(syncDirectory(directory));
      await removeMarks(directory, contents.uses);
      await removeIfEmpty(directory);
      return deleted;
    }, options);
  }

  async lock(options?: CallOptions): Promise<ReleaseLock | undefined> {
    const signal = options?.signal;
    return toChange(async () => {
      await this.#tree.makeRoot();
      const release = await this.#lock.take();
      // Whoever has given up will not release it, and the process would keep it for as long as it lives.
      if (signal?.aborted) await release?.();
      signal?.throwIfAborted();
      return release && (() => toChange(release));
    }, options);
  }

  /** Gives the lock back if it is still held. Nothing else is open between calls. */
  async close(): Promise<void> {
    const { release } = this.#lock;
    if (release !== undefined) await toChange(release);
  }

  /** What it throws says which record it was: a bad sector under the newest one is no reason not to read the one before. */
  async #bytesOf(directory: string, loadedAt: number): Promise<Uint8Array> {
    try {
      return await readWhole(recordFile(directory, loadedAt), this.#settings.maxBytes);
    } catch (error) {
      throw Object.assign(new Error(messageOf(error), { cause: error }), { code: codeOf(error), loadedAt });
    }
  }

  #directoryOf(id: string): string {
    return idDirectory(this.#settings.root, id);
  }

  async *#idDirectories(options: CallOptions | undefined): AsyncGenerator<string, void, undefined> {
    const step = <T>(work: () => Promise<T>): Promise<T> => toRead(work, options);
    for await (const shard of directoriesIn(this.#settings.root, isShard, step)) {
      yield* directoriesIn(shard, isId, step);
    }
  }

  /** Removes what is older than the newest durable records and the latest durable mark. Returns the newest stamp. */
  async #prune(directory: string, written: number, flushed: Pick<Contents, "stamps" | "uses">): Promise<number> {
    const { stamps, uses } = await contentsOfReal(directory);
    // The new record is durable, so a failure here is no failure of the write. The next write sees the same files and tries again.
    await removeRecords(directory, outdated(stamps, flushed.stamps, this.#settings.generations)).catch(() => undefined);
    await removeMarks(directory, outdated(uses, flushed.uses, 1)).catch(() => undefined);
    return Math.max(written, stamps[0] ?? 0);
  }
}

/** Starts over when files vanish under the work, and lets a stuck call keep its slot. */
function toRead<T>(work: () => Promise<T>, options?: CallOptions): Promise<T> {
  return slots.run(() => despiteRemovals(work), options);
}

function toChange<T>(work: () => Promise<T>, options?: CallOptions): Promise<T> {
  return changes.run(() => toRead(work, options), options);
}

/**
 * The times, of those still there, that are older than the newest `count` durable ones. Durable are the names that were
 * there before our flush of the directory. Other processes add names at any moment, and a loss of power may undo those.
 */
function outdated(newestFirst: readonly number[], flushed: readonly number[], count: number): number[] {
  const oldestToKeep = newestFirst.filter((time) => flushed.includes(time))[count - 1];
  return oldestToKeep === undefined ? [] : newestFirst.filter((time) => time < oldestToKeep);
}

async function infoOf(directory: string, sweepTime: number | undefined): Promise<BackupInfo | undefined> {
  const contents = await contentsOfReal(directory);
  // Left-overs that cannot be removed now are no reason not to list what is there. They stay, for the next time.
  if (sweepTime !== undefined) await sweep(directory, contents, sweepTime).catch(() => undefined);
  const [loadedAt] = contents.stamps;
  if (loadedAt === undefined) return undefined;
  const { size } = await lstat(recordFile(directory, loadedAt));
  return { id: basename(directory), usedAt: lastUse(contents), loadedAt, size };
}
