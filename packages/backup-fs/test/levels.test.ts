import { existsSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BackupAdapter } from "@lastgood/core/adapter";
import { describe, expect, it } from "vitest";
import { fsBackup } from "../src/index.ts";
import { directoryOf, listed, newStore, readText, recordPath, sibling, write } from "./support/store.ts";
import { failure, watchFiles } from "./support/watch.ts";

const MANY = Array.from({ length: 150 }, (_, index) => sibling(index));

/** A store with so many ids in one directory that some are in the next level. */
async function storeOfTwoLevels(): Promise<string> {
  const root = newStore();
  const backup = fsBackup(root);
  await writeAll(backup, 1);
  return root;
}

async function writeAll(backup: BackupAdapter, stamp: number): Promise<void> {
  // Not all at once: a burst goes where there is room when it begins.
  for (let from = 0; from < MANY.length; from += 25) await Promise.all(MANY.slice(from, from + 25).map((id) => write(backup, id, stamp)));
}

function recordsIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.includes("~"));
}

function levelsIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.length === 1).map((name) => join(directory, name));
}

describe("a directory with many names", () => {
  it("a directory takes a hundred names, and further ids go into the next level", async () => {
    const root = await storeOfTwoLevels();
    const directory = directoryOf(root, "id");
    expect(recordsIn(directory)).toHaveLength(100);
    expect(levelsIn(directory).flatMap(recordsIn)).toHaveLength(50);
    for (const id of MANY) expect(await readText(fsBackup(root), id)).toBe(`${id} 1`);
  });

  it("an id whose records are in two levels is listed once, read by its newest record, and deleted in both", async () => {
    const root = await storeOfTwoLevels();
    const backup = fsBackup(root);
    await writeAll(backup, 2);
    for (const id of MANY) await backup.touch(id, { usedAt: 3 });
    const all = await listed(backup);
    expect(all.map(({ id }) => id).sort()).toEqual(MANY.toSorted());
    expect(all.every(({ loadedAt, usedAt }) => loadedAt === 2 && usedAt === 3)).toBe(true);
    for (const id of MANY) {
      expect(await readText(backup, id)).toBe(`${id} 2`);
      expect(await readText(backup, id, 2)).toBe(`${id} 1`);
      expect(await backup.delete(id)).toBe(true);
    }
    expect(await listed(fsBackup(root))).toEqual([]);
  });

  it("an id that has moved to the next level leaves nothing behind in the level above", async () => {
    const root = await storeOfTwoLevels();
    const backup = fsBackup(root);
    for (const stamp of [2, 3, 4]) await writeAll(backup, stamp);
    const directory = directoryOf(root, "id");
    expect(levelsIn(directory).flatMap(recordsIn).length + recordsIn(directory).length).toBe(2 * MANY.length);
    expect(recordsIn(directory).filter((name) => /~0*[12]~/.test(name))).toEqual([]);
  });

  it("a record in the level above with the same stamp gives way to a later write", async () => {
    const root = await storeOfTwoLevels();
    const backup = fsBackup(root);
    const id = MANY.find((one) => existsSync(recordPath(root, one, 1))) ?? "";
    for (const usedAt of [1, 0, 7]) {
      await backup.write(id, Buffer.from(`used ${usedAt}`), { loadedAt: 1, usedAt });
      expect(await readText(backup, id)).toBe(`used ${usedAt}`);
      expect(await readText(backup, id, 1)).toBeUndefined();
    }
  });

  it("writers that know of a level, and writers that do not, read each other's records", async () => {
    const root = newStore();
    const [knowing, unknowing] = [fsBackup(root), fsBackup(root)];
    await write(unknowing, "id", 1);
    await writeAll(knowing, 1);
    await write(knowing, "id", 2);
    expect(await write(unknowing, "id", 1)).toBe(2);
    await write(unknowing, "id", 3);
    expect(await readText(knowing, "id")).toBe("id 3");
    expect(await readText(knowing, "id", 3)).toBe("id 2");
  });

  it("a write finds its directory again after the store was removed and made by another process", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await writeAll(backup, 1);
    rmSync(root, { recursive: true });
    await write(fsBackup(root), "id", 1);
    await writeAll(backup, 2);
    expect(await listed(backup)).toHaveLength(MANY.length + 1);
  });

  it("list tells of the ids that it can read when a directory of the next level cannot be read, and throws at the end", async () => {
    const root = await storeOfTwoLevels();
    const [unreadable = ""] = levelsIn(directoryOf(root, "id"));
    using watch = watchFiles();
    watch.before = ({ op, path }) => {
      if (op === "readdir" && path === unreadable) throw failure("EIO");
    };
    const seen: string[] = [];
    const list = async (): Promise<void> => {
      for await (const { id } of fsBackup(root).list()) seen.push(id);
    };
    await expect(list()).rejects.toThrow("EIO");
    expect(seen.length).toBeGreaterThan(100);
    expect(seen.length).toBeLessThan(150);
  });

  it("nothing is written through a link in the place of an upper level", async () => {
    const root = newStore();
    const elsewhere = join(root, "..", "elsewhere");
    const backup = fsBackup(root);
    await writeAll(backup, 1);
    const directory = directoryOf(root, "id");
    renameSync(directory, elsewhere);
    symlinkSync(elsewhere, directory);
    const before = readdirSync(elsewhere, { recursive: true }).sort();
    using watch = watchFiles();
    for (const id of MANY.slice(-10)) await expect(write(backup, id, 2)).rejects.toThrow(/must be a directory/);
    expect(watch.calls.filter(({ op }) => op === "open")).toEqual([]);
    expect(readdirSync(elsewhere, { recursive: true }).sort()).toEqual(before);
  });

  it("a file with the name of a level is ignored", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    for (const digit of "0123456789abcdef") writeFileSync(join(directoryOf(root, "id"), digit), "");
    await write(backup, "id", 2);
    expect(await readText(fsBackup(root), "id")).toBe("id 2");
    expect(await listed(backup)).toHaveLength(1);
  });
});
