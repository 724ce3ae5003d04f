/**
 * A backup without a disk and a clock without time, for unit tests and benchmarks.
 *
 * `memoryBackup` is also the smallest complete backup: use it as a reference when you write an adapter.
 */
import type { BackupAdapter, BackupRecord } from "./adapter/contract.ts";
import { MirroredBackup } from "./mirror/mirrored-backup.ts";
import { optionChecks } from "./base/option-checks.ts";
import { mustBe } from "./base/shown.ts";

/** The options of `memoryBackup`. */
export interface MemoryBackupOptions {
  /**
   * How many records are kept under each id: a whole number, 2 or more.
   * @default 2
   */
  readonly generations?: number | undefined;
}

/** The options of `mirroredBackup`. */
export interface MirroredBackupOptions {
  /**
   * How many of the backups have a record when its write resolves: a whole number, 1 or more.
   * @default 1
   */
  readonly copies?: number | undefined;
}

/**
 * Combines several backups into one adapter, as a datastore does, for tests that prove the contract of the combination.
 *
 * @example
 * ```ts
 * import { memoryBackup, mirroredBackup } from "@lastgood/core/testing";
 *
 * const backup = mirroredBackup([memoryBackup(), memoryBackup()], { copies: 2 });
 * ```
 */
export function mirroredBackup(backups: readonly BackupAdapter[], options: MirroredBackupOptions = {}): BackupAdapter {
  const check = optionChecks("mirroredBackup");
  const copies = check.wholeNumber("copies", check.options(options, ["copies"])["copies"] ?? 1, 1, backups.length);
  return new MirroredBackup(backups, { copies, timeout: 10_000, now: Date.now, report: () => undefined, isWhole: () => true });
}

/** The newest record of an id, its last use, and the records before it, the newest first. */
interface Shelf extends BackupRecord {
  readonly usedAt: number;
  readonly older: readonly BackupRecord[];
}

const NONE: readonly BackupRecord[] = [];

/**
 * A backup that keeps its records in memory. It keeps the whole contract, except that nothing survives the process. Two datastores can
 * share it, as two processes share a directory.
 *
 * @example
 * ```ts
 * import { memoryCache } from "@lastgood/cache-memory";
 * import { Datastore } from "@lastgood/core";
 * import { memoryBackup } from "@lastgood/core/testing";
 *
 * const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });
 * ```
 */
export function memoryBackup(options: MemoryBackupOptions = {}): BackupAdapter {
  const check = optionChecks("memoryBackup");
  const generations = check.wholeNumber("generations", check.options(options, ["generations"])["generations"] ?? 2, 2);
  const shelves = new Map<string, Shelf>();
  let lockedBy: symbol | undefined;

  return {
    name: "memory",

    read(id, { before = Infinity } = {}) {
      const shelf = shelves.get(id);
      const record = shelf === undefined || shelf.loadedAt < before ? shelf : shelf.older.find(({ loadedAt }) => loadedAt < before);
      return record && { bytes: new Uint8Array(record.bytes), loadedAt: record.loadedAt };
    },

    write(id, bytes, { loadedAt, usedAt }) {
      const shelf = shelves.get(id);
      const own = Buffer.from(bytes); // a copy in memory that small buffers share, which costs a third of one with memory of its own
      if (shelf === undefined) {
        shelves.set(id, { bytes: own, loadedAt, usedAt, older: NONE });
        return loadedAt;
      }
      // Of two writes of one stamp, the later one stays, because its caller was told last.
      const others = recordsOf(shelf).filter((record) => record.loadedAt !== loadedAt);
      const [newest, ...older] = [{ bytes: own, loadedAt }, ...others].sort((a, b) => b.loadedAt - a.loadedAt).slice(0, generations);
      shelves.set(id, { ...shelf, ...newest, older, usedAt: Math.max(shelf.usedAt, usedAt) });
      return newest?.loadedAt ?? loadedAt;
    },

    touch(id, { usedAt }) {
      const shelf = shelves.get(id);
      if (shelf && shelf.usedAt < usedAt) shelves.set(id, { ...shelf, usedAt });
    },

    async *list() {
      // The ids as they are now: an id that is deleted and written again by whoever is reading the list comes once.
      for (const id of [...shelves.keys()]) {
        const shelf = shelves.get(id);
        if (shelf) yield { id, usedAt: shelf.usedAt, loadedAt: shelf.loadedAt, size: shelf.bytes.byteLength };
      }
    },

    delete(id, { ifUsedBefore = Infinity } = {}) {
      const shelf = shelves.get(id);
      return shelf !== undefined && shelf.usedAt < ifUsedBefore && shelves.delete(id);
    },

    lock() {
      if (lockedBy) return undefined;
      const taker = Symbol("taker");
      lockedBy = taker;
      // Releasing twice must not give away the lock of whoever took it in between.
      return () => {
        if (lockedBy === taker) lockedBy = undefined;
      };
    },
  };
}

function recordsOf(shelf: Shelf): readonly BackupRecord[] {
  return [shelf, ...shelf.older];
}

/** A clock that moves only when it is told to. */
export interface ManualClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Moves on by this many milliseconds. */
  advance(ms: number): void;
  /** Jumps to this time, in epoch milliseconds, forwards or back. */
  set(ms: number): void;
}

/**
 * A clock for tests. Pass it to a datastore as its option `clock`. It starts at `start`, in epoch milliseconds.
 *
 * @example
 * ```ts
 * import { memoryCache } from "@lastgood/cache-memory";
 * import { Datastore } from "@lastgood/core";
 * import { manualClock, memoryBackup } from "@lastgood/core/testing";
 *
 * const clock = manualClock();
 * const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup(), clock });
 * clock.advance(300_000); // what was loaded with a ttl of 5 minutes has expired
 * ```
 */
export function manualClock(start: number = Date.UTC(2030, 0, 1)): ManualClock {
  let time = checkedTime(start);
  return {
    now: () => time,
    advance(ms) {
      time = checkedTime(time + ms);
    },
    set(ms) {
      time = checkedTime(ms);
    },
  };
}

/** With `NaN`, everything would be neither fresh nor stale, and tests would pass for the wrong reason. */
function checkedTime(ms: number): number {
  if (!Number.isFinite(ms)) throw new RangeError(mustBe("manualClock: time", "a finite number of milliseconds", ms));
  return ms;
}
