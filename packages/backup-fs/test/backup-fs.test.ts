import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { utimesSync, writeFileSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { fsBackup } from "../src/index.ts";
import { directoryOf, filesOf, listed, makePipe, markName, markPath, newStore, readText } from "./support/store.ts";
import { recordName, recordPath, temporaryDirectory, write } from "./support/store.ts";
import { failure, type FileCall, once, watchFiles } from "./support/watch.ts";

const TWO_HOURS_AGO = new Date(Date.now() - 2 * 60 * 60 * 1000);
const TEMPORARY = "tmp-01234567-89ab-cdef-0123-456789abcdef";

function isOnItsWay(path: string): boolean {
  return basename(path).startsWith("tmp-");
}

/** Resolves when everything that does not hang has happened: the disk has answered many later calls. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await lstat(tmpdir());
    await readdir(tmpdir());
  }
}

/** Makes a file in the directory of the id, as a crash would have left it. */
function leave(root: string, id: string, name: string, when?: Date): string {
  const path = join(directoryOf(root, id), name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "half a reco");
  if (when !== undefined) utimesSync(path, when, when);
  return path;
}

describe("options", () => {
  it("with mustExist each call fails while the directory is missing, names it, and does not make it", async () => {
    const directory = join(temporaryDirectory(), "typo");
    const backup = fsBackup(directory, { mustExist: true });
    const list = async () => {
      for await (const _ of backup.list());
    };
    const writeOne = async () => backup.write("id", new Uint8Array(1), { loadedAt: 1, usedAt: 1 });
    for (const call of [async () => backup.read("id"), list, writeOne, async () => backup.delete("id"), async () => backup.lock?.()]) {
      await expect(call()).rejects.toThrow(`fsBackup: directory must exist, since mustExist is true; got "${directory}"`);
    }
    expect(existsSync(directory)).toBe(false);
    mkdirSync(directory);
    expect(await backup.read("id")).toBeUndefined();
  });

  it("fsBackup refuses a URL with a host or a user, without showing its password, and a path that begins with ~", () => {
    for (const location of ["//user:secret@host/backups", "//host/backups", "//backups", "", "~other/backups"]) {
      expect(() => fsBackup.fromUrl({ scheme: "file", location, options: {} })).toThrow(/^fsBackup: (?!.*secret)/);
    }
    for (const directory of ["~", "~/backups"]) expect(() => fsBackup(directory)).toThrow(/^fsBackup: directory must be a path with/);
  });

  it("fsBackup takes a path, or a file: URL", async () => {
    const root = newStore();
    await write(fsBackup(pathToFileURL(root)), "id", 1);
    expect(await readText(fsBackup(root), "id")).toBe("id 1");
  });

  it("fsBackup resolves a relative directory once, so that a later chdir does not move the store", async () => {
    const root = newStore();
    const backup = fsBackup(relative(process.cwd(), root));
    const before = process.cwd();
    onTestFinished(() => process.chdir(before));
    process.chdir(temporaryDirectory());
    await write(backup, "id", 1);
    expect(await readText(fsBackup(root), "id")).toBe("id 1");
  });

  it.each([
    [undefined, TypeError, /^fsBackup: directory must be a path such as .*, or a file: URL; got undefined$/],
    [7, TypeError, /directory must be a path such as .*; got 7/],
    ["", RangeError, /directory must be a path such as .*; got ""/],
    ["a\0b", RangeError, /directory must be a path without a NUL character/],
    [new URL("https://user:secret@example.org/"), RangeError, /directory must be .*; got "https:"$/],
  ])("fsBackup refuses %j for a directory", (directory, type, message) => {
    // As a caller without types would.
    const open = (): unknown => fsBackup(directory as string);
    expect(open).toThrow(type);
    expect(open).toThrow(message);
  });

  it.each([
    [null, TypeError, /options must be an object; got null/],
    [{ generations: "3" }, TypeError, /generations must be a whole number from 2 on; got "3"/],
    [{ generations: 1 }, RangeError, /generations must be a whole number from 2 on; got 1/],
    [{ generations: 2.5 }, RangeError, /generations must be a whole number from 2 on; got 2.5/],
    [{ maxBytes: Number.NaN }, RangeError, /maxBytes must be a whole number from 1 on; got NaN/],
    [{ maxBytes: 0 }, RangeError, /maxBytes must be a whole number from 1 on; got 0/],
    [{ generation: 3 }, TypeError, /options must be among generations, maxBytes, mustExist; got "generation"/],
  ])("fsBackup refuses %j for options", (options, type, message) => {
    // As a caller without types would.
    const open = (): unknown => fsBackup("somewhere", options as object);
    expect(open).toThrow(type);
    expect(open).toThrow(message);
  });

  it("fsBackup touches no file before it is used", () => {
    const root = newStore();
    fsBackup(root);
    expect(existsSync(root)).toBe(false);
  });

  it("fsBackup keeps as many generations as the option says, and removes older ones", async () => {
    const root = newStore();
    const backup = fsBackup(root, { generations: 3 });
    for (const stamp of [1, 2, 3, 4, 5]) await write(backup, "id", stamp);
    expect(filesOf(root, "id")).toEqual([3, 4, 5].map((stamp) => recordName("id", stamp)));
  });

  it("fsBackup neither writes nor reads a record larger than maxBytes", async () => {
    const root = newStore();
    const small = fsBackup(root, { maxBytes: 4 });
    await write(small, "id", 1, "1234");
    await expect(write(small, "id", 2, "12345")).rejects.toThrow("fsBackup: the record must be at most maxBytes (4) long; got 5 bytes");
    expect(await readText(small, "id")).toBe("1234");

    await write(fsBackup(root), "id", 2, "12345");
    await expect(readText(small, "id")).rejects.toThrow(/fsBackup: \/.*\/id~.* must be at most maxBytes \(4\) long; got 5 bytes/);
  });
});

describe("what is on the disk", () => {
  it("a record is a file that holds its bytes alone, and is named after its id, its stamp and its use", async () => {
    const root = newStore();
    await fsBackup(root).write("feeds-0123", Buffer.from("the bytes"), { loadedAt: 1767225600000, usedAt: 1767229000000 });
    // The first digit of: printf %s feeds-0123 | sha256sum
    expect(readdirSync(root, { recursive: true })).toEqual(["5", "5/feeds-0123~0001767225600000~0001767229000000"]);
    expect(readFileSync(join(root, "5/feeds-0123~0001767225600000~0001767229000000"), "utf8")).toBe("the bytes");
  });

  it("a later use is an empty file beside the record, and the next write removes it", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 5);
    for (const usedAt of [7, 9, 8]) await backup.touch("id", { usedAt });
    expect(filesOf(root, "id")).toEqual([recordName("id", 5), markName("id", 9)]);
    await write(backup, "id", 12);
    expect(filesOf(root, "id")).toEqual([recordName("id", 5), recordName("id", 12)]);
  });

  it("a write that tells of an earlier use than the one known leaves the later use", async () => {
    const backup = fsBackup(newStore());
    await backup.write("id", new Uint8Array(1), { loadedAt: 1, usedAt: 90 });
    for (const stamp of [2, 3, 4]) await write(backup, "id", stamp);
    expect(await listed(backup)).toEqual([{ id: "id", usedAt: 90, loadedAt: 4, size: 4 }]);
    await backup.touch("id", { usedAt: 80 });
    expect(await listed(backup)).toMatchObject([{ usedAt: 90 }]);
    await backup.touch("id", { usedAt: 95 });
    for (const stamp of [5, 6]) await write(backup, "id", stamp);
    expect(await listed(backup)).toMatchObject([{ usedAt: 95 }]);
  });

  it("a store of the layout before this one is left as it is, and holds no record", async () => {
    const root = newStore();
    const directory = join(root, "55/feeds-0123");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "0001767225600000"), "old");
    writeFileSync(join(directory, "used-0001767225600000"), "");
    const backup = fsBackup(root);
    const release = await backup.lock?.();
    expect(await listed(backup)).toEqual([]);
    await release?.();
    expect(await readText(backup, "feeds-0123")).toBeUndefined();
    await write(backup, "feeds-0123", 1, "new");
    expect(await backup.delete("feeds-0123")).toBe(true);
    expect(readdirSync(directory)).toEqual(["0001767225600000", "used-0001767225600000"]);
  });

  it("the store keeps the latest use exactly, to the last millisecond that a number can tell", async () => {
    const backup = fsBackup(newStore());
    await write(backup, "id", 5);
    for (const usedAt of [253402300799999, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]) {
      await backup.touch("id", { usedAt });
      expect(await listed(backup)).toEqual([{ id: "id", usedAt, loadedAt: 5, size: 4 }]);
    }
  });

  it("the store tells the latest use after a copy that keeps no times", async () => {
    const [root, copy] = [newStore(), newStore()];
    const backup = fsBackup(root);
    await write(backup, "id", 5);
    await backup.touch("id", { usedAt: 7 });
    cpSync(root, copy, { recursive: true });
    expect(await listed(fsBackup(copy))).toEqual([{ id: "id", usedAt: 7, loadedAt: 5, size: 4 }]);
  });

  it("the store knows the use of the newest record if the mark of a later use is lost", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 5);
    await backup.touch("id", { usedAt: 7 });
    rmSync(markPath(root, "id", 7));
    expect(await listed(backup)).toMatchObject([{ usedAt: 5 }]);
    expect(await backup.delete("id", { ifUsedBefore: 5 })).toBe(false);
  });

  it.each([
    ["nothing away", 0],
    ["everything away", 0o777],
  ])("the store lets only the owner in, also under a umask that takes %s", async (_, umask) => {
    const root = join(newStore(), "deeper");
    const before = process.umask(umask);
    onTestFinished(() => void process.umask(before));
    await write(fsBackup(root), "id", 1);
    const mode = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);
    expect([join(root, ".."), root, directoryOf(root, "id")].map(mode)).toEqual(["700", "700", "700"]);
    expect(mode(recordPath(root, "id", 1))).toBe("600");
  });

  it("the latest of several marks of use counts, and a write removes the marks that it supersedes", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    for (const earlier of [3, 7, 5]) writeFileSync(markPath(root, "id", earlier), "");
    expect(await listed(backup)).toMatchObject([{ usedAt: 7 }]);
    {
      using watch = watchFiles();
      watch.before = ({ op }) => {
        if (op === "unlink") throw failure("EIO");
      };
      expect(await write(backup, "id", 6)).toBe(6);
    }
    expect(filesOf(root, "id")).toHaveLength(5);
    await backup.write("id", new Uint8Array(1), { loadedAt: 8, usedAt: 6 });
    expect(filesOf(root, "id")).toEqual([recordName("id", 6), recordName("id", 8, 6), markName("id", 7)]);
    await write(backup, "id", 9);
    expect(filesOf(root, "id")).toEqual([recordName("id", 8, 6), recordName("id", 9)]);
  });

  it("the store refuses an id that could lead out of the directory", async () => {
    const backup = fsBackup(newStore());
    for (const id of ["../x", "a/b", ".", "..", "", "A", "x".repeat(101), "a\0b"]) {
      await expect(write(backup, id, 1)).rejects.toThrow(RangeError);
      await expect(readText(backup, id)).rejects.toThrow(RangeError);
      await expect(backup.touch(id, { usedAt: 1 })).rejects.toThrow(RangeError);
      await expect(backup.delete(id)).rejects.toThrow(RangeError);
    }
  });

  it("the store refuses a time that a file name cannot hold", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    const bytes = new Uint8Array();
    for (const time of [-1, 1.5, Number.NaN, Infinity, Number.MAX_SAFE_INTEGER + 1]) {
      await expect(backup.write("id", bytes, { loadedAt: time, usedAt: 1 })).rejects.toThrow(RangeError);
      await expect(backup.write("id", bytes, { loadedAt: 1, usedAt: time })).rejects.toThrow(RangeError);
      await expect(backup.touch("id", { usedAt: time })).rejects.toThrow(/fsBackup: usedAt must be a whole number of milliseconds from 0 to \d+; got/);
    }
    expect(await listed(backup)).toEqual([]);
  });

  it("a delete leaves nothing of the id", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    await write(backup, "id", 2);
    await backup.touch("id", { usedAt: 3 });
    expect(await backup.delete("id")).toBe(true);
    expect(filesOf(root, "id")).toEqual([]);
  });
});

describe("a directory that is not as it should be", () => {
  it("a directory that does not exist is an empty store", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    expect(await readText(backup, "id")).toBeUndefined();
    expect(await listed(backup)).toEqual([]);
    expect(await backup.delete("id")).toBe(false);
    await backup.touch("id", { usedAt: 1 });
    expect(existsSync(root)).toBe(false);
  });

  it("a directory that was removed while in use is made again by the next write", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    rmSync(join(root, ".."), { recursive: true });
    expect(await readText(backup, "id")).toBeUndefined();
    await write(backup, "id", 2);
    expect(await readText(backup, "id")).toBe("id 2");
  });

  it.each(["/proc/x", "/proc/x/y"])("a write fails at once if the directory cannot be made, as in %s", async (root) => {
    const backup = fsBackup(root);
    await expect(write(backup, "id", 1)).rejects.toThrow(/ENOENT.*\/proc\/x/);
    await expect(backup.lock?.()).rejects.toThrow(/ENOENT.*\/proc\/x/);
    expect(await listed(backup)).toEqual([]);
  });

  it("the directory of a store may be a symbolic link", async () => {
    const [root, link] = [newStore(), newStore()];
    symlinkSync(root, link);
    mkdirSync(root);
    await write(fsBackup(link), "id", 1);
    expect(await readText(fsBackup(root), "id")).toBe("id 1");
  });

  it("every call fails if the directory is a file or cannot be reached", async () => {
    const [file, loop] = [newStore(), newStore()];
    writeFileSync(file, "");
    symlinkSync(loop, loop);
    for (const [root, code] of [[file, "ENOTDIR"], [loop, "ELOOP"]] as const) {
      const backup = fsBackup(root);
      await expect(readText(backup, "id")).rejects.toMatchObject({ code });
      await expect(write(backup, "id", 1)).rejects.toMatchObject({ code });
      await expect(backup.touch("id", { usedAt: 1 })).rejects.toMatchObject({ code });
      await expect(backup.delete("id")).rejects.toMatchObject({ code });
      await expect(listed(backup)).rejects.toMatchObject({ code });
    }
    await expect(fsBackup(loop).lock?.()).rejects.toThrow();
  });

  it("a link in the place of a directory of the store is never followed", async () => {
    const [root, elsewhere] = [newStore(), newStore()];
    await write(fsBackup(elsewhere), "id", 1);
    mkdirSync(root);
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    rmSync(directoryOf(root, "id"), { recursive: true });
    symlinkSync(directoryOf(elsewhere, "id"), directoryOf(root, "id"));
    for (const store of [backup, fsBackup(root)]) {
      await expect(readText(store, "id")).rejects.toThrow(/must be a directory/);
      await expect(write(store, "id", 2)).rejects.toThrow(/must be a directory/);
      await expect(store.touch("id", { usedAt: 9 })).rejects.toThrow(/must be a directory/);
      await expect(store.delete("id")).rejects.toThrow(/must be a directory/);
      expect(await listed(store)).toEqual([]);
    }
    expect(await listed(fsBackup(elsewhere))).toEqual([{ id: "id", usedAt: 1, loadedAt: 1, size: 4 }]);
    expect(filesOf(elsewhere, "id")).toHaveLength(1);
  });

  it("links, pipes, directories and foreign names in a store are ignored", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 5);
    const secret = join(temporaryDirectory(), "secret");
    writeFileSync(secret, "secret");
    symlinkSync(secret, recordPath(root, "id", 9));
    symlinkSync(secret, markPath(root, "id", 9));
    makePipe(recordPath(root, "id", 8));
    mkdirSync(recordPath(root, "id", 7));
    writeFileSync(recordPath(root, "id", 6) + "~", "");
    writeFileSync(recordPath(root, "id", 6).replace("~", "~~"), "");
    for (const name of ["id~9999999999999999~0000000000000001", "id~0000000000000009~9999999999999999", "id~used~9999999999999999"]) {
      writeFileSync(join(directoryOf(root, "id"), name), "no safe integer");
    }
    for (const foreign of ["lost+found", "00", "A", join(directoryOf(root, "id"), "x").slice(root.length)]) {
      mkdirSync(join(root, foreign), { recursive: true });
      writeFileSync(join(root, foreign, recordName("other", 1)), "");
    }
    writeFileSync(join(root, recordName("other", 1)), "");
    writeFileSync(join(directoryOf(root, "id"), "Not-an-id~0000000000000001~0000000000000001"), "");

    expect(await readText(backup, "id")).toBe("id 5");
    expect(await listed(backup)).toEqual([{ id: "id", usedAt: 5, loadedAt: 5, size: 4 }]);
  });

  it("a write replaces a link by its record, and does not follow the link", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    const outside = join(temporaryDirectory(), "outside");
    writeFileSync(outside, "as it was");
    symlinkSync(outside, recordPath(root, "id", 2));
    await write(backup, "id", 2);
    expect(await readText(backup, "id")).toBe("id 2");
    expect(lstatSync(recordPath(root, "id", 2)).isFile()).toBe(true);
    expect(readFileSync(outside, "utf8")).toBe("as it was");
  });

  it("a write does not use a file or link that waits under its temporary name, and a touch follows no link", async () => {
    const root = newStore();
    const outside = join(temporaryDirectory(), "outside");
    for (const plant of [(path: string) => symlinkSync(outside, path), (path: string) => writeFileSync(path, "planted")]) {
      using watch = watchFiles();
      watch.before = once(({ op, path }) => op === "open" && isOnItsWay(path), ({ path }) => plant(path));
      await expect(write(fsBackup(root), "id", 1)).rejects.toThrow("EEXIST");
    }
    await write(fsBackup(root), "id", 1);
    symlinkSync(outside, markPath(root, "id", 2));
    await expect(fsBackup(root).touch("id", { usedAt: 2 })).rejects.toThrow("ELOOP");
    expect(existsSync(outside)).toBe(false);
  });

  it("a read follows no link, and waits for no pipe, that has just taken the place of a record", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    const path = recordPath(root, "id", 1);
    const plant = [() => symlinkSync("/etc/passwd", path), () => makePipe(path), () => mkdirSync(path)];
    for (const planted of plant) {
      rmSync(path, { force: true, recursive: true });
      await write(backup, "id", 1);
      using watch = watchFiles();
      watch.before = ({ op }) => {
        if (op !== "open") return;
        rmSync(path);
        planted();
      };
      await expect(readText(backup, "id")).rejects.toThrow(/ELOOP|is not a regular file/);
    }
  });

  it("a read starts over if another process prunes the record meanwhile", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    await write(backup, "id", 2);
    for (const code of ["ENOENT", "ESTALE"]) {
      using watch = watchFiles();
      let opened = 0;
      watch.before = ({ op }) => {
        if (op === "open" && opened++ === 0) throw failure(code);
      };
      expect(await readText(backup, "id")).toBe("id 2");
      expect(opened).toBe(2);
    }
  });

  it("a read fails if the records vanish at every attempt", async () => {
    const backup = fsBackup(newStore());
    await write(backup, "id", 1);
    using watch = watchFiles();
    watch.before = ({ op }) => {
      if (op === "open") throw failure("ENOENT");
    };
    await expect(readText(backup, "id")).rejects.toThrow("ENOENT");
  });

  it("a read of a damaged record fails with its stamp, so that the record before it can be asked for", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    await write(backup, "id", 2);
    using watch = watchFiles();
    watch.before = ({ op, path }) => {
      if (op === "read" && path === recordPath(root, "id", 2)) throw failure("EIO");
    };
    await expect(readText(backup, "id")).rejects.toMatchObject({ code: "EIO", loadedAt: 2 });
    expect(await readText(backup, "id", 2)).toBe("id 1");
  });

  it("a call fails if the directory may not be read", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    using watch = watchFiles();
    watch.before = ({ op, path }) => {
      if (op === "readdir" && path === directoryOf(root, "id")) throw failure("EACCES");
    };
    await expect(readText(backup, "id")).rejects.toThrow("EACCES");
    await expect(backup.delete("id")).rejects.toThrow("EACCES");
    await expect(backup.touch("id", { usedAt: 9 })).rejects.toThrow("EACCES");
    await expect(write(backup, "id", 2)).rejects.toThrow("EACCES");
  });

  it.each([
    ["an id", "lstat", (root: string) => recordPath(root, "id-7", 1), 1],
    ["a directory", "readdir", (root: string) => directoryOf(root, "id-7"), 3],
  ] as const)("list goes on if %s cannot be looked at, and throws at the end", async (_what, call, pathIn, most) => {
    const root = newStore();
    const backup = fsBackup(root);
    const ids = Array.from({ length: 20 }, (_, index) => `id-${index}`);
    for (const id of ids) await write(backup, id, 1);
    using watch = watchFiles();
    watch.before = ({ op, path }) => {
      if (op === call && path === pathIn(root)) throw failure("EIO");
    };
    const seen: string[] = [];
    const list = async (): Promise<void> => {
      for await (const info of backup.list()) seen.push(info.id);
    };
    await expect(list()).rejects.toThrow("EIO");
    const missed = ids.filter((id) => !seen.includes(id));
    expect(missed).toContain("id-7");
    expect(missed.length).toBeLessThanOrEqual(most);
  });

  it("a write succeeds if pruning fails, and the next write prunes", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    for (const stamp of [1, 2]) await write(backup, "id", stamp);
    {
      using watch = watchFiles();
      watch.before = ({ op }) => {
        if (op === "unlink") throw failure("EIO");
      };
      expect(await write(backup, "id", 3)).toBe(3);
    }
    expect(filesOf(root, "id")).toHaveLength(3);
    await write(backup, "id", 4);
    expect(filesOf(root, "id")).toEqual([recordName("id", 3), recordName("id", 4)]);
  });

  it("a delete that fails half-way has not removed the newest record", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    for (const stamp of [1, 2]) await write(backup, "id", stamp);
    {
      using watch = watchFiles();
      watch.before = ({ op, path }) => {
        if (op === "unlink" && path === recordPath(root, "id", 2)) throw failure("EIO");
      };
      await expect(backup.delete("id")).rejects.toThrow("EIO");
    }
    expect(await readText(backup, "id")).toBe("id 2");
    expect(await readText(backup, "id", 2)).toBeUndefined();
    expect(await listed(backup)).toMatchObject([{ usedAt: 2 }]);
  });
});

describe("others at the same id", () => {
  it("a write succeeds if another process removes the directory under it", async () => {
    const root = newStore();
    const directory = directoryOf(root, "id");
    for (const moment of ["open", "rename", "sync"]) {
      using watch = watchFiles();
      const remove = (): void => rmSync(root, { recursive: true });
      watch.before = once(({ op, path }) => op === moment && path.startsWith(join(directory, "tmp-")), remove);
      expect(await write(fsBackup(root), "id", 1)).toBe(1);
      expect(watch.calls.filter(({ op, path }) => op === "mkdir" && path === directory)).toHaveLength(2);
      expect(await readText(fsBackup(root), "id")).toBe("id 1");
      rmSync(root, { recursive: true });
    }
  });

  it("a write of an older record answers with the newest stamp, even one written meanwhile", async () => {
    const root = newStore();
    const [backup, another] = [fsBackup(root), fsBackup(root)];
    await write(backup, "id", 1);
    using watch = watchFiles();
    watch.before = once(({ op, path }) => op === "rename" && isOnItsWay(path), () => write(another, "id", 9));
    expect(await write(backup, "id", 5)).toBe(9);
    expect(await readText(backup, "id")).toBe("id 9");
    expect(await readText(backup, "id", 9)).toBe("id 5");
  });

  it("the latest use never goes back when two processes move it at once", async () => {
    const backup = fsBackup(newStore());
    await write(backup, "id", 1);
    using watch = watchFiles();
    await backup.touch("id", { usedAt: 3 });
    watch.before = once(({ op }) => op === "rename", () => backup.touch("id", { usedAt: 9 }));
    await backup.touch("id", { usedAt: 5 });
    expect(await listed(backup)).toMatchObject([{ usedAt: 9 }]);
    expect(watch.calls.filter(({ op }) => op === "rename")).toHaveLength(1);
  });

  it("a record that is written during a delete stays", async () => {
    const backup = fsBackup(newStore());
    await write(backup, "id", 1);
    using watch = watchFiles();
    watch.before = once(({ op }) => op === "unlink", () => write(backup, "id", 2));
    expect(await backup.delete("id", { ifUsedBefore: 2 })).toBe(true);
    expect(await readText(backup, "id")).toBe("id 2");
    expect(await listed(backup)).toMatchObject([{ usedAt: 2 }]);
  });

  it("a cull does not take a record that is being written, since its name tells its use", async () => {
    const backup = fsBackup(newStore());
    await write(backup, "id", 1);
    using watch = watchFiles();
    const cull = async (): Promise<void> => void (await backup.delete("id", { ifUsedBefore: 5 }));
    watch.before = once(({ op, path }) => op === "rename" && isOnItsWay(path), cull);
    await write(backup, "id", 9);
    expect(await backup.delete("id", { ifUsedBefore: 5 })).toBe(false);
    expect(await readText(backup, "id")).toBe("id 9");
  });

  it("the later of two writes of one stamp stays, though another process gave the earlier one a later use meanwhile", async () => {
    const root = newStore();
    const [ours, theirs] = [fsBackup(root), fsBackup(root)];
    await write(ours, "id", 5, "first");
    using watch = watchFiles();
    const writeToo = async (): Promise<void> => void (await theirs.write("id", Buffer.from("theirs"), { loadedAt: 5, usedAt: 20 }));
    watch.before = once(({ op, path }) => op === "rename" && isOnItsWay(path), writeToo);
    await ours.write("id", Buffer.from("ours"), { loadedAt: 5, usedAt: 10 });
    expect(await readText(theirs, "id")).toBe("ours");
    expect(await readText(theirs, "id", 5)).toBeUndefined();
    expect(await listed(theirs)).toEqual([{ id: "id", usedAt: 20, loadedAt: 5, size: 4 }]);
    expect(filesOf(root, "id")).toEqual([recordName("id", 5, 20)]);
  });
});

describe("calls that hang", () => {
  it("calls that hang leave one thread to the rest of the process, however many stores there are", async () => {
    const stores = [newStore(), newStore(), newStore()].map((root) => fsBackup(root));
    for (const backup of stores) await write(backup, "id", 1);
    using hanging = hang();
    const reads = stores.flatMap((backup) => [readText(backup, "id"), readText(backup, "id")]);
    await settled();
    expect(hanging.count()).toBe(3);
    hanging.letGo();
    expect(await Promise.all(reads)).toEqual(Array.from({ length: 6 }, () => "id 1"));
  });

  it("a caller that gives up leaves the queue, and a call that hangs keeps its slot", async () => {
    const backup = fsBackup(newStore());
    await write(backup, "id", 1);
    using hanging = hang();
    const controller = new AbortController();
    const stuck = [1, 2, 3].map(() => backup.read("id", { signal: controller.signal }));
    const waiting = [1, 2].map(() => backup.read("id", { signal: controller.signal }));
    const patient = readText(backup, "id");
    controller.abort(new Error("given up"));
    for (const read of waiting) await expect(read).rejects.toThrow("given up");
    await expect(backup.read("id", { signal: controller.signal })).rejects.toThrow("given up");
    await settled();
    expect(hanging.count()).toBe(3);

    hanging.letGo();
    expect(await Promise.all(stuck)).toMatchObject([{ loadedAt: 1 }, { loadedAt: 1 }, { loadedAt: 1 }]);
    expect(await patient).toBe("id 1");
    expect(hanging.count()).toBe(4);
  });

  it("writes that hang, however many, do not block a read", async () => {
    const backup = fsBackup(newStore());
    await write(backup, "id", 1);
    using hanging = hang("sync");
    const changes = [2, 3, 4].flatMap((stamp) => [write(backup, `id-${stamp}`, stamp), backup.delete("id", { ifUsedBefore: 1 })]);
    await settled();
    expect(hanging.count()).toBe(2);
    expect(await readText(backup, "id")).toBe("id 1");
    expect(await listed(backup)).toMatchObject([{ id: "id" }]);
    hanging.letGo();
    await Promise.all(changes);
  });

  it("a delete in the middle of a list does not wait for it", async () => {
    const backup = fsBackup(newStore());
    for (let index = 0; index < 40; index++) await write(backup, `id-${index}`, 1);
    const cull = async (): Promise<void> => {
      for await (const { id } of backup.list()) await backup.delete(id);
    };
    await Promise.all([cull(), cull(), cull()]);
    expect(await listed(backup)).toEqual([]);
  });

  /** Opening a file, or whatever else is named, takes until the test lets go. */
  function hang(what: FileCall["op"] = "open"): Disposable & { readonly count: () => number; readonly letGo: () => void } {
    const watch = watchFiles();
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    let count = 0;
    watch.before = async ({ op }) => {
      if (op !== what) return;
      count++;
      await gate;
    };
    return { count: () => count, letGo, [Symbol.dispose]: () => (letGo(), watch[Symbol.dispose]()) };
  }
});

describe("the lock", () => {
  it("the lock is taken over from a process that died, and given back once", async () => {
    const root = newStore();
    mkdirSync(join(root, "cull.lock"), { recursive: true });
    expect(await fsBackup(root).lock?.()).toBeUndefined();
    utimesSync(join(root, "cull.lock"), TWO_HOURS_AGO, TWO_HOURS_AGO);
    const release = await fsBackup(root).lock?.();
    expect(release).toBeTypeOf("function");
    await release?.();
    await release?.();
    expect(existsSync(join(root, "cull.lock"))).toBe(false);
  });

  it("the lock can be had where there is no store yet", async () => {
    const backup = fsBackup(join(newStore(), "deeper"));
    const release = await backup.lock?.();
    expect(release).toBeTypeOf("function");
    await release?.();
  });

  it("the lock is given back without an error if it was lost meanwhile", async () => {
    const root = newStore();
    const release = await fsBackup(root).lock?.();
    rmSync(join(root, "cull.lock"), { recursive: true });
    await release?.();
  });

  it("a lock that its holder knows to be lost is not given back, since another may have it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const root = newStore();
    const backup = fsBackup(root);
    const release = await backup.lock?.();
    rmSync(join(root, "cull.lock"), { recursive: true });
    await vi.advanceTimersByTimeAsync(10_000);
    await settled();

    const releaseOther = await fsBackup(root).lock?.();
    expect(releaseOther).toBeTypeOf("function");
    const orphan = leave(root, "id", TEMPORARY, TWO_HOURS_AGO);
    await listed(backup);
    expect(existsSync(orphan)).toBe(true);
    await release?.();
    await backup.close?.();
    expect(existsSync(join(root, "cull.lock"))).toBe(true);
    await releaseOther?.();
  });

  it("the lock is given back at once if the caller gave up while it was taken", async () => {
    const root = newStore();
    const controller = new AbortController();
    using watch = watchFiles();
    watch.before = once(({ op, path }) => op === "mkdir" && path === root, () => controller.abort(new Error("given up")));
    await expect(fsBackup(root).lock?.({ signal: controller.signal })).rejects.toThrow("given up");
    expect(existsSync(join(root, "cull.lock"))).toBe(false);
  });

  it("the lock is given back by close", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await backup.lock?.();
    await backup.close?.();
    await backup.close?.();
    expect(existsSync(join(root, "cull.lock"))).toBe(false);
  });
});

describe("what crashes leave behind", () => {
  async function listUnderLock(root: string): Promise<unknown> {
    const backup = fsBackup(root);
    const release = await backup.lock?.();
    const found = await listed(backup);
    await release?.();
    return found;
  }

  it("list under the lock removes temporary files older than an hour, and nothing else", async () => {
    const root = newStore();
    await write(fsBackup(root), "id", 1);
    const orphan = leave(root, "id", TEMPORARY, TWO_HOURS_AGO);
    const young = leave(root, "id", TEMPORARY.replace("0", "1"));
    const foreign = leave(root, "id", "tmp-notes.txt", TWO_HOURS_AGO);
    expect(await listUnderLock(root)).toMatchObject([{ id: "id", loadedAt: 1 }]);
    expect([orphan, young, foreign].map((path) => existsSync(path))).toEqual([false, true, true]);
    expect(await readText(fsBackup(root), "id")).toBe("id 1");
  });

  it("list without the lock removes nothing", async () => {
    const root = newStore();
    const orphan = leave(root, "id", TEMPORARY, TWO_HOURS_AGO);
    const release = await fsBackup(root).lock?.();
    expect(await listed(fsBackup(root))).toEqual([]);
    await release?.();
    expect(existsSync(orphan)).toBe(true);
  });

  it("list under the lock removes marks of use older than an hour whose id has no record", async () => {
    const root = newStore();
    await write(fsBackup(root), "id", 1);
    const orphan = leave(root, "gone", markName("gone", 1), TWO_HOURS_AGO);
    const young = leave(root, "young", markName("young", 1));
    const needed = leave(root, "id", markName("id", 2), TWO_HOURS_AGO);
    expect(await listUnderLock(root)).toMatchObject([{ id: "id", usedAt: 2 }]);
    expect([orphan, young, needed].map((path) => existsSync(path))).toEqual([false, true, true]);
  });

  it("list under the lock removes no record, however long unused", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    await write(backup, "id", 1);
    await backup.touch("id", { usedAt: 2 });
    for (const name of filesOf(root, "id")) utimesSync(join(directoryOf(root, "id"), name), TWO_HOURS_AGO, TWO_HOURS_AGO);
    await listUnderLock(root);
    expect(await listed(backup)).toMatchObject([{ usedAt: 2 }]);
  });

  it("list succeeds if what a crash left behind cannot be removed", async () => {
    const root = newStore();
    await write(fsBackup(root), "id", 1);
    leave(root, "id", TEMPORARY, TWO_HOURS_AGO);
    using watch = watchFiles();
    watch.before = ({ op, path }) => {
      if (op === "unlink" && path.endsWith(TEMPORARY)) throw failure("EIO");
    };
    expect(await listUnderLock(root)).toMatchObject([{ id: "id" }]);
  });

  it("a slow writer whose temporary file was removed starts over", async () => {
    const root = newStore();
    using watch = watchFiles();
    const takeForDead = (): void => {
      for (const name of filesOf(root, "id").filter(isOnItsWay)) rmSync(join(directoryOf(root, "id"), name));
    };
    watch.before = once(({ op, path }) => op === "rename" && isOnItsWay(path), takeForDead);
    expect(await write(fsBackup(root), "id", 1)).toBe(1);
    expect(watch.calls.filter(({ op, path }) => op === "open" && isOnItsWay(path))).toHaveLength(2);
    expect(await readText(fsBackup(root), "id")).toBe("id 1");
  });
});
