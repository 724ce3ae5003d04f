import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { fsBackup } from "../src/index.ts";
import { directoryOf, filesOf, markName, markPath, newStore, readText, recordName, recordPath, sibling, write } from "./support/store.ts";
import { type FileCall, failure, once, type Watch, watchFiles } from "./support/watch.ts";

/**
 * What a loss of power would leave, at the worst, after these calls: content that was not flushed is lost, and so is
 * each name that was not flushed with its directory. Only what was there before the calls is safe without a flush.
 */
class Disk {
  readonly #flushedContents = new Set<string>();
  readonly #names = new Set<string>();
  readonly #flushedNames = new Set<string>();

  constructor(calls: readonly FileCall[]) {
    for (const call of calls) this.#take(call);
  }

  isSafe(path: string): boolean {
    const isNew = this.#names.has(path);
    return !isNew || (this.#flushedNames.has(path) && this.isSafe(dirname(path)));
  }

  hasContent(path: string): boolean {
    return this.#flushedContents.has(path);
  }

  #take({ op, path, to }: FileCall): void {
    if (op === "mkdir") this.#names.add(path);
    if (op === "write") this.#flushedContents.delete(path);
    if (op === "sync") this.#flush(path);
    if (op === "rename" && to !== undefined) this.#rename(path, to);
  }

  #flush(path: string): void {
    this.#flushedContents.add(path);
    for (const name of this.#names) if (dirname(name) === path) this.#flushedNames.add(name);
  }

  #rename(from: string, to: string): void {
    this.#names.add(to);
    this.#flushedNames.delete(to);
    if (this.#flushedContents.has(from)) this.#flushedContents.add(to);
    else this.#flushedContents.delete(to);
  }
}

/** Acts while the directory is being flushed: too late for a name to be part of the flush, and before anything is pruned. */
function duringFlushOf(directory: string, act: () => void): Watch["before"] {
  return once(({ op, path }) => op === "sync" && path === directory, act);
}

/** A record as another process has it between its rename and its flush of the directory. */
function nameUnflushed(root: string, id: string, stamp: number): void {
  writeFileSync(recordPath(root, id, stamp), `${id} ${stamp}`);
}

function stampsIn(root: string, id: string): number[] {
  return filesOf(root, id).filter((name) => /~\d+~/.test(name)).map((name) => Number(name.split("~")[1]));
}

describe("a loss of power", () => {
  it("a loss of power leaves a record with its content or not at all: it is flushed before it gets its name", async () => {
    const root = newStore();
    using watch = watchFiles();
    await write(fsBackup(root), "id", 1);
    const named = watch.calls.findIndex(({ to }) => to === recordPath(root, "id", 1));
    expect(named).toBeGreaterThan(0);
    expect(new Disk(watch.calls.slice(0, named + 1)).hasContent(recordPath(root, "id", 1))).toBe(true);
  });

  it("a loss of power leaves every acknowledged record: its name is flushed, and so is every directory on the way to it", async () => {
    const root = join(newStore(), "deep", "deeper");
    const backup = fsBackup(root);
    using watch = watchFiles();
    for (const [id, stamp] of [["id", 1], ["id", 2], ["other", 1]] as const) {
      await write(backup, id, stamp);
      const disk = new Disk(watch.calls);
      expect(disk.isSafe(recordPath(root, id, stamp))).toBe(true);
      expect(disk.hasContent(recordPath(root, id, stamp))).toBe(true);
    }
    expect(watch.calls.filter(({ op, path }) => op === "mkdir" && root.startsWith(path))).toHaveLength(3);
  });

  it("a loss of power leaves every acknowledged record also where a process that died had made the directories", async () => {
    const root = newStore();
    const directory = directoryOf(root, "id");
    mkdirSync(directory, { recursive: true });
    using watch = watchFiles();
    await write(fsBackup(root), "id", 1);
    // Before the record has its name: where others see a record, they take the way to it for flushed.
    const named = watch.calls.findIndex(({ to }) => to === recordPath(root, "id", 1));
    const flushed = watch.calls.slice(0, named).filter(({ op }) => op === "sync").map(({ path }) => path);
    expect(flushed).toEqual(expect.arrayContaining([dirname(root), root]));
  });

  it("a loss of power leaves every acknowledged record of a burst, also those that go into directories of a new level", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    const ids = Array.from({ length: 130 }, (_, index) => sibling(index));
    using watch = watchFiles();
    const safe: boolean[] = [];
    const writeOne = async (id: string): Promise<void> => {
      await write(backup, id, 1);
      const disk = new Disk(watch.calls);
      const path = watch.calls.find(({ to }) => to?.includes(`/${id}~`))?.to ?? "";
      safe.push(disk.isSafe(path) && disk.hasContent(path));
    };
    for (const from of [0, 60, 120]) await Promise.all(ids.slice(from, from + 60).map(writeOne));
    expect(safe).toEqual(ids.map(() => true));
    expect(watch.calls.some(({ op, path }) => op === "mkdir" && dirname(path) === directoryOf(root, sibling(0)))).toBe(true);
  });

  it("a write to an id with a record costs two flushes: of the file and of its directory", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    using watch = watchFiles();
    await write(backup, "id", 2);
    expect(watch.calls.filter(({ op }) => op === "sync")).toHaveLength(2);
  });

  it("a loss of power leaves the newest durable records, whatever others have renamed and not flushed", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 100);
    await write(backup, "id", 200);
    using watch = watchFiles();
    watch.before = duringFlushOf(directoryOf(root, "id"), () => [400, 500].forEach((stamp) => nameUnflushed(root, "id", stamp)));
    await write(backup, "id", 300);
    expect(stampsIn(root, "id")).toEqual([200, 300, 400, 500]);
  });

  it("a loss of power leaves a durable use, whatever mark another process has not flushed", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 100);
    using watch = watchFiles();
    await backup.touch("id", { usedAt: 200 });
    watch.before = duringFlushOf(directoryOf(root, "id"), () => writeFileSync(markPath(root, "id", 999), ""));
    await write(backup, "id", 300);
    expect(filesOf(root, "id")).toEqual([recordName("id", 100), recordName("id", 300), markName("id", 999)]);
  });

  it("a write prunes on account of records that its own flush has made durable", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 100);
    for (const stamp of [400, 500]) nameUnflushed(root, "id", stamp);
    await write(backup, "id", 300);
    expect(stampsIn(root, "id")).toEqual([400, 500]);
  });

  it("a write prunes nothing on account of a record that was deleted meanwhile", async () => {
    const root = newStore();
    const backup = fsBackup(root, { generations: 2 });
    await write(backup, "id", 100);
    await write(backup, "id", 200);
    using watch = watchFiles();
    watch.before = duringFlushOf(directoryOf(root, "id"), () => rmSync(recordPath(root, "id", 200)));
    await write(backup, "id", 300);
    expect(stampsIn(root, "id")).toEqual([100, 300]);
  });

  it("a loss of power does not bring back a deleted record", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    using watch = watchFiles();
    await backup.delete("id");
    const ops = watch.calls.filter(({ op }) => op === "unlink" || op === "sync").map(({ op, path }) => [op, path]);
    expect(ops.slice(0, 2)).toEqual([["unlink", recordPath(root, "id", 1)], ["sync", directoryOf(root, "id")]]);
  });
});

describe("a disk that fails", () => {
  it.each(["write", "sync", "close"])("a disk that fails makes a write fail at %s, which leaves the earlier records alone", async (op) => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    const before = filesOf(root, "id").length;
    {
      using watch = watchFiles();
      watch.before = once((call) => call.op === op && isOnItsWay(call), breakDown);
      await expect(write(backup, "id", 2)).rejects.toThrow(/^\/.*\/tmp-.*: EIO: injected/);
    }
    expect(filesOf(root, "id")).toHaveLength(before);
    expect(await readText(backup, "id")).toBe("id 1");
  });

  it("a disk that fails makes a write fail if not all of the bytes arrive", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    using watch = watchFiles();
    watch.before = once((call) => call.op === "stat" && isOnItsWay(call), ({ path }) => truncateSync(path, 2));
    await expect(write(backup, "id", 2)).rejects.toThrow(/tmp-.*: 2 bytes arrived of 4/);
    expect(await readText(backup, "id")).toBe("id 1");
  });

  it("a file whose flush failed is never flushed again: the next write starts with a new file", async () => {
    const backup = fsBackup(newStore());
    const flushed: string[] = [];
    using watch = watchFiles();
    const fail = once((call) => call.op === "sync" && isOnItsWay(call), breakDown);
    watch.before = (call) => {
      if (call.op === "sync" && isOnItsWay(call)) flushed.push(call.path);
      return fail(call);
    };
    await expect(write(backup, "id", 1)).rejects.toMatchObject({ code: "EIO" });
    expect(await write(backup, "id", 1)).toBe(1);
    expect(flushed).toHaveLength(2);
    expect(new Set(flushed).size).toBe(2);
  });

  it("a write fails if the directory cannot be flushed", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    using watch = watchFiles();
    watch.before = once(({ op, path }) => op === "sync" && path === directoryOf(root, "id"), breakDown);
    await expect(write(backup, "id", 2)).rejects.toThrow(`${directoryOf(root, "id")}: EIO`);
  });

  it("a write fails if the name of a new root cannot be flushed, and succeeds if that of an old root may not be", async () => {
    const root = newStore();
    const refuse = ({ op, path }: FileCall): void => {
      if (op === "open" && path === dirname(root)) throw failure("EACCES");
    };
    using watch = watchFiles();
    watch.before = refuse;
    await expect(write(fsBackup(root), "id", 1)).rejects.toThrow("EACCES");
    expect(readdirSync(root)).toEqual([]);
    expect(await write(fsBackup(root), "id", 1)).toBe(1);
  });
});

function breakDown(): never {
  throw failure("EIO");
}

function isOnItsWay({ path }: FileCall): boolean {
  return path.includes("/tmp-");
}
