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

/** The type of `fsBackup`: a function, which `fromEnv` takes as well. */
export interface FsBackupFactory extends BackupFactory {
  /**
   * Keeps backups as files in a directory. The first write creates the directory. Any number of processes may share it.
   *
   * @param directory A path or a `file:` URL. A relative path is resolved now.
   * @param options `generations` (default 2) and `maxBytes` (default 256 MiB).
   * @throws TypeError or RangeError for a wrong directory or option. The message names it.
   * @example
   * ```ts
   * import { fsBackup } from "@lastgood/backup-fs";
   * import { memoryCache } from "@lastgood/cache-memory";
   * import { Datastore } from "@lastgood/core";
   *
   * const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });
   * ```
   */
  (directory: string | URL, options?: FsBackupOptions): BackupAdapter;
}

/**
 * Keeps backups as files in a directory. The first write creates the directory. Any number of processes may share it.
 * For `fromEnv`, `LASTGOOD_BACKUP_URL` is `file:./var/backups` or `file:///var/backups?generations=3`.
 *
 * @example
 * ```ts
 * import { fsBackup } from "@lastgood/backup-fs";
 *
 * const backup = fsBackup("./var/backups", { generations: 3 });
 * ```
 */
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
 * Limits for all stores of the process together. Node has four threads for file calls, and the same threads do DNS and
 * cryptography. A file call that hangs holds its thread, so one thread must stay free.
 *
 * Writes may use two of the three slots, so reads always have one, even while a frozen or full disk blocks every write.
 * Two, because two concurrent fsyncs finish sooner than two in a row.
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
   * An id that cannot be read does not hide the others: `list` goes on, and throws at the end.
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

  /** A delete with `ifUsedBefore` is not flushed, since the next cull would repeat it. Any other delete is durable. */
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
      // A caller that has given up will not release the lock, and the process would hold it until it ends.
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

  /** An error carries the stamp of the record, so that core can ask for the record before it. */
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

/** Runs `work` in a slot, and starts it over when files vanish meanwhile. A call that hangs keeps its slot. */
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
  // A failed sweep does not fail the list. The next list under the lock tries again.
  if (sweepTime !== undefined) await sweep(directory, contents, sweepTime).catch(() => undefined);
  const [loadedAt] = contents.stamps;
  if (loadedAt === undefined) return undefined;
  const { size } = await lstat(recordFile(directory, loadedAt));
  return { id: basename(directory), usedAt: lastUse(contents), loadedAt, size };
}
