import { dirname } from "node:path";
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
import { Changes } from "./changes.ts";
import { contentsOf, lastUse, type Look } from "./contents.ts";
import { DirectoryTree } from "./directories.ts";
import { DurableWrites } from "./durable-writes.ts";
import { despiteRemovals, ifThere } from "./errors.ts";
import { InOrder } from "./in-order.ts";
import { readWhole, refuseLarge, removeFiles } from "./files.ts";
import { markUsed } from "./last-use.ts";
import { digitsOf, refuseBadTime } from "./layout.ts";
import { infosOf, inGroups, stopsIn } from "./listing.ts";
import { onlyIfThere } from "./must-exist.ts";
import { type FsBackupOptions, type Settings, settingsFrom } from "./options.ts";
import { SharedLooks } from "./shared-looks.ts";
import { Slots } from "./slots.ts";
import { StoreLock } from "./store-lock.ts";
import { leftovers, sweep } from "./sweep.ts";

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
const changes = new Changes(slots, 2);

/** A list looks at so many ids before it tells of them: whoever reads each as it comes then has many to read at once. */
const LISTED_AT_ONCE = 64;

class FsBackup implements BackupAdapter {
  readonly name = "fs";
  readonly #settings: Settings;
  readonly #tree: DirectoryTree;
  readonly #writes: DurableWrites;
  readonly #inOrder = new InOrder();
  readonly #looks = new SharedLooks();
  readonly #lock: StoreLock;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#tree = new DirectoryTree(settings.root);
    this.#writes = new DurableWrites(settings, this.#tree);
    this.#lock = new StoreLock(settings.root);
  }

  async read(
    id: string,
    options?: CallOptions & { readonly before?: number | undefined },
  ): Promise<BackupRecord | undefined> {
    const before = options?.before ?? Infinity;
    const read = async (look: Look): Promise<BackupRecord | undefined> => {
      const { records } = await contentsOf(this.#settings.root, id, look);
      const record = records.find(({ loadedAt }) => loadedAt < before);
      if (record === undefined) return undefined;
      return { bytes: await this.#bytesOf(record.path, record.loadedAt), loadedAt: record.loadedAt };
    };
    return this.#looks.run((look) => toRead(() => read(look), options));
  }

  async write(
    id: string,
    bytes: Uint8Array,
    options: CallOptions & { readonly loadedAt: number; readonly usedAt: number },
  ): Promise<number> {
    const { loadedAt, usedAt } = options;
    digitsOf(id);
    refuseBadTime("loadedAt", loadedAt);
    refuseBadTime("usedAt", usedAt);
    refuseLarge("the record", bytes.length, this.#settings.maxBytes);
    const record = { id, bytes, loadedAt, usedAt };
    const write = (): Promise<number> => changes.run((step) => despiteRemovals(() => this.#writes.write(record, step)), options);
    // Writes of one stamp at the same time would take each other's names away, until they gave up.
    return this.#inOrder.run(id, write, options);
  }

  async touch(id: string, options: CallOptions & { readonly usedAt: number }): Promise<void> {
    const { usedAt } = options;
    digitsOf(id);
    refuseBadTime("usedAt", usedAt);
    await toChange(async () => markUsed(id, await contentsOf(this.#settings.root, id), usedAt), options);
  }

  /**
   * An id or directory that cannot be read does not hide the others: `list` goes on, and throws at the end.
   * Under the store's lock it also removes what crashes have left behind.
   */
  async *list(options?: CallOptions): AsyncGenerator<BackupInfo, void, undefined> {
    const failures: unknown[] = [];
    const attempt = <T>(work: () => Promise<T>): Promise<T | undefined> =>
      toRead(work, options).catch((error: unknown) => {
        if (options?.signal?.aborted) throw error;
        failures.push(error);
        return undefined;
      });
    const { root } = this.#settings;
    const sweepTime = await attempt(() => this.#lock.fileSystemTime());
    for await (const stop of stopsIn(root, attempt)) {
      if (sweepTime !== undefined) await sweepUp(leftovers(stop), sweepTime, options);
      for (const some of inGroups(stop.ids, LISTED_AT_ONCE)) {
        const infos = await attempt(() => infosOf(root, some, (failure) => void failures.push(failure), options?.signal));
        yield* infos ?? [];
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** A delete with `ifUsedBefore` is not flushed, since the next cull would repeat it. Any other delete is durable. */
  async delete(id: string, options?: CallOptions & { readonly ifUsedBefore?: number | undefined }): Promise<boolean> {
    digitsOf(id);
    const limit = options?.ifUsedBefore;
    return changes.run(async (step) => {
      const { deleted, directories } = await step("look", () => this.#remove(id, limit));
      if (limit !== undefined) return deleted;
      for (const directory of directories) await ifThere(this.#writes.flush(directory, "flushNames", step));
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
  async #bytesOf(path: string, loadedAt: number): Promise<Uint8Array> {
    try {
      return await readWhole(path, this.#settings.maxBytes);
    } catch (error) {
      throw Object.assign(new Error(messageOf(error), { cause: error }), { code: codeOf(error), loadedAt });
    }
  }

  /** Removes the records of an id, the oldest first: if one cannot be removed, the newer ones stay. */
  async #remove(id: string, limit = Infinity): Promise<{ readonly deleted: boolean; readonly directories: ReadonlySet<string> }> {
    const contents = await contentsOf(this.#settings.root, id);
    if (lastUse(contents) >= limit) return { deleted: false, directories: new Set() };
    const records = contents.records.toReversed().map(({ path }) => path);
    const deleted = await removeFiles(records);
    await removeFiles(contents.marks.map(({ path }) => path));
    return { deleted, directories: new Set(records.map((path) => dirname(path))) };
  }
}

/** Runs `work` in a slot, and starts it over when files vanish meanwhile. A call that hangs keeps its slot. */
function toRead<T>(work: () => Promise<T>, options?: CallOptions): Promise<T> {
  return slots.run(() => despiteRemovals(work), options);
}

/** The same for a change that has a single step. */
function toChange<T>(work: () => Promise<T>, options?: CallOptions): Promise<T> {
  return changes.run((step) => step("look", () => despiteRemovals(work)), options);
}

/** A failed sweep does not fail the list. The next list under the lock tries again. */
async function sweepUp(paths: readonly string[], now: number, options: CallOptions | undefined): Promise<void> {
  if (paths.length > 0) await toChange(() => sweep(paths, now).catch(() => undefined), options);
}
