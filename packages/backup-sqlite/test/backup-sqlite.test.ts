import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { BackupInfo } from "@lastgood/core/adapter";
import { describe, expect, it } from "vitest";
import { valueOf } from "../src/driver.ts";
import { sqliteBackup } from "../src/index.ts";
import {
  commitsIn, damagePage, holdLock, listed, newFile, openBackup, readText, rootPage, temporaryDirectory, withDatabase, write,
} from "./helpers.ts";

describe("what sqliteBackup is given", () => {
  it.each([
    ["a number", 7], ["nothing", undefined], ["null", null],
  ])("sqliteBackup refuses %s as a file with a TypeError", (_, file) => {
    // @ts-expect-error: this is what a caller without types may do
    expect(() => sqliteBackup(file)).toThrow(TypeError);
  });

  it.each([
    ["an empty path", "", /not empty/],
    ["a space at the end, which SQLite would cut off", "backup.db ", /spaces/],
    ["NUL, where SQLite would end the name", "a\0b", /NUL/],
    ["a URL in a string", "file:./backup.db", /new URL/],
    ["a URL of another protocol", new URL("https://example.com/backup.db"), /https:/],
  ])("sqliteBackup refuses %s as a file with a RangeError", (_, file, message) => {
    expect(() => sqliteBackup(file)).toThrow(RangeError);
    expect(() => sqliteBackup(file)).toThrow(message);
  });

  it("sqliteBackup refuses :memory:, and says that it would not outlive the process", () => {
    expect(() => sqliteBackup(":memory:")).toThrow(/gone with the process/);
  });

  it.each([
    [{ generations: 1 }, RangeError, /generations.*from 2 on; got 1/],
    [{ generations: 2.5 }, RangeError, /generations/],
    [{ generations: "3" }, TypeError, /generations.*number/],
    [{ busyTimeout: -1 }, RangeError, /busyTimeout/],
    [{ busyTimeout: Infinity }, RangeError, /busyTimeout/],
    [{ busyTimeout: "5s" }, TypeError, /busyTimeout/],
    [{ mustExist: "yes" }, TypeError, /mustExist/],
    [{ driver: "sqlite3" }, RangeError, /driver must be one of better-sqlite3, bun:sqlite, node:sqlite; got "sqlite3"/],
    [{ driver: 3 }, TypeError, /driver must be one of/],
    [null, TypeError, /options/],
    [{ busyTimeOut: 1 }, TypeError, /options must be among generations, busyTimeout, mustExist, driver; got "busyTimeOut"/],
  ])("sqliteBackup refuses the options %j", (options, type, message) => {
    // @ts-expect-error: this is what a caller without types may do
    expect(() => sqliteBackup("backup.db", options)).toThrow(type);
    // @ts-expect-error: the same
    expect(() => sqliteBackup("backup.db", options)).toThrow(message);
  });

  it("sqliteBackup accepts a file: URL", async () => {
    const file = newFile();
    const backup = sqliteBackup(pathToFileURL(file));
    await write(backup, "id", 1);
    await backup.close?.();
    expect(await readText(openBackup(file), "id")).toBe("id 1");
  });

  it("a path that begins with ~/ is refused, and no directory ~ is created", () => {
    for (const file of ["~", "~/backup.db"]) {
      expect(() => sqliteBackup(file)).toThrow(/^sqliteBackup: file must be a path with the home directory written out/);
    }
  });

  it("a URL has a relative, absolute or home path, and a host in it is refused without showing a password", async () => {
    const file = newFile();
    const plain = { scheme: "sqlite", options: {} };
    for (const location of [file, `//${file}`, `//localhost${file}`, relative(process.cwd(), file)]) {
      const backup = sqliteBackup.fromUrl({ ...plain, location });
      await write(backup, "id", 1);
      await backup.close?.();
      expect(statSync(file).isFile()).toBe(true);
    }
    for (const location of [`//user:secret@host${file}`, "//host/backup.db", "//backup.db", "", "~other/backup.db", ":memory:"]) {
      expect(() => sqliteBackup.fromUrl({ ...plain, location })).toThrow(/^sqliteBackup: (?!.*secret)/);
    }
  });

  it("with mustExist each call on a missing file fails and says so, and nothing is created", async () => {
    const file = join(temporaryDirectory(), "typo", "backup.db");
    const backup = openBackup(file, { mustExist: true });
    for (const call of [() => backup.read("id"), () => listed(backup), () => write(backup, "id", 1), () => backup.delete("id")]) {
      await expect(async () => call()).rejects.toThrow(`${file} is not there, and mustExist forbids to make it`);
    }
    expect(statSync(dirname(file), { throwIfNoEntry: false })).toBeUndefined();
  });

  it("with mustExist an existing file is read and written, and so is one that appears later", async () => {
    const file = newFile();
    const backup = openBackup(file, { mustExist: true });
    await expect(async () => backup.read("id")).rejects.toThrow("is not there");
    await write(openBackup(file), "id", 1);
    expect(await readText(backup, "id")).toBe("id 1");
    expect(await write(backup, "id", 2)).toBe(2);
  });

  it.each(["/proc/x/backup.db", "/proc/x/y/backup.db"])("the file %s fails at once, because its directory cannot be created", async (file) => {
    const backup = openBackup(file);
    await expect(write(backup, "id", 1)).rejects.toThrow(/ENOENT.*\/proc\/x/);
    await expect(backup.read("id")).rejects.toThrow(/ENOENT.*\/proc\/x/);
  });

  it("sqliteBackup opens nothing before the first call", () => {
    const file = newFile();
    openBackup(file);
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe("records", () => {
  it("the newest `generations` records of an id are kept", async () => {
    const backup = openBackup(newFile(), { generations: 3 });
    for (const stamp of [50, 10, 40, 20, 30]) await write(backup, "id", stamp);
    expect(await readText(backup, "id")).toBe("id 50");
    expect(await readText(backup, "id", 50)).toBe("id 40");
    expect(await readText(backup, "id", 40)).toBe("id 30");
    expect(await readText(backup, "id", 30)).toBeUndefined();
  });

  it("records beyond `generations` are deleted from the file", async () => {
    const file = newFile();
    const backup = openBackup(file);
    for (let stamp = 1; stamp <= 5; stamp++) await write(backup, "id", stamp);
    await write(backup, "other", 1);
    const stamps = withDatabase(file, (database) =>
      database.prepare("SELECT loaded_at FROM records WHERE id = 'id' ORDER BY loaded_at").all(),
    );
    expect(stamps).toEqual([{ loaded_at: 4 }, { loaded_at: 5 }]);
    expect(payloadsIn(file)).toEqual(["id 4", "id 5", "other 1"]);
  });

  it("a record that is older than all that are kept leaves nothing in the file but its use", async () => {
    const file = newFile();
    const backup = openBackup(file);
    for (const stamp of [5, 4]) await write(backup, "id", stamp);
    expect(await backup.write("id", Buffer.from("late"), { loadedAt: 3, usedAt: 9 })).toBe(5);
    expect(await listed(backup)).toEqual([{ id: "id", usedAt: 9, loadedAt: 5, size: 4 }]);
    expect(payloadsIn(file)).toEqual(["id 4", "id 5"]);
  });

  it("the latest use of an id goes over to its newest record, whichever is written or replaced", async () => {
    const backup = openBackup(newFile(), { generations: 3 });
    const use = async (loadedAt: number, usedAt: number): Promise<readonly BackupInfo[]> => {
      await backup.write("id", Buffer.from("text"), { loadedAt, usedAt });
      return await listed(backup);
    };
    expect(await use(10, 50)).toMatchObject([{ usedAt: 50, loadedAt: 10 }]);
    expect(await use(20, 40)).toMatchObject([{ usedAt: 50, loadedAt: 20 }]);
    expect(await use(15, 60)).toMatchObject([{ usedAt: 60, loadedAt: 20 }]);
    expect(await use(20, 55)).toMatchObject([{ usedAt: 60, loadedAt: 20 }]);
    await backup.touch("id", { usedAt: 70 });
    expect(await use(30, 65)).toMatchObject([{ usedAt: 70, loadedAt: 30 }]);
  });

  it("replaced and deleted records leave no payloads behind", async () => {
    const file = newFile();
    const backup = openBackup(file);
    for (const text of ["first", "second"]) await write(backup, "id", 1, text);
    await write(backup, "id", 2, "third");
    expect(payloadsIn(file)).toEqual(["second", "third"]);
    expect(await backup.delete("id", { ifUsedBefore: 2 })).toBe(false);
    expect(await backup.delete("id", { ifUsedBefore: 3 })).toBe(true);
    expect(payloadsIn(file)).toEqual([]);
  });

  it("the later of two records with one stamp is kept", async () => {
    const backup = openBackup(newFile());
    await write(backup, "id", 1, "first");
    expect(await write(backup, "id", 1, "second")).toBe(1);
    expect(await readText(backup, "id")).toBe("second");
  });

  it("stamps up to Number.MAX_SAFE_INTEGER are told apart", async () => {
    const backup = openBackup(newFile());
    const last = Number.MAX_SAFE_INTEGER;
    expect(await write(backup, "id", last - 1)).toBe(last - 1);
    expect(await write(backup, "id", last)).toBe(last);
    expect((await backup.read("id"))?.loadedAt).toBe(last);
    expect((await backup.read("id", { before: last }))?.loadedAt).toBe(last - 1);
    expect(await listed(backup)).toEqual([{ id: "id", usedAt: last, loadedAt: last, size: `id ${last}`.length }]);
  });

  it("write copies bytes from a larger buffer before it returns", async () => {
    const backup = openBackup(newFile());
    const whole = Buffer.from("before|bytes|after");
    const written = backup.write("id", whole.subarray(7, 12), { loadedAt: 1, usedAt: 1 });
    whole.fill(0);
    await written;
    expect(await readText(backup, "id")).toBe("bytes");
  });
});

describe("list", () => {
  it("list reads page by page without a lock, and sees what is written ahead of it", async () => {
    const backup = openBackup(newFile());
    const ids = Array.from({ length: 1_200 }, (_, index) => `id-${index}`).sort();
    await Promise.all(ids.map((id) => write(backup, id, 1)));

    const found: string[] = [];
    for await (const { id } of backup.list()) {
      if (found.length === 0) await Promise.all([write(backup, "a-behind", 1), write(backup, "z-ahead", 1)]);
      found.push(id);
    }
    expect(found).toEqual([...ids, "z-ahead"]);
  });

  it("list reads no payloads, so it works if they are damaged", async () => {
    const file = newFile();
    const writer = openBackup(file);
    await write(writer, "id", 1, "payload");
    await writer.close?.();
    damagePage(file, rootPage(file, "payloads"));
    const backup = openBackup(file);
    expect(await listed(backup)).toEqual([{ id: "id", usedAt: 1, loadedAt: 1, size: 7 }]);
    await expect(backup.read("id")).rejects.toThrow(/SQLITE_CORRUPT/);
  });
});

describe("commits", () => {
  it("writes of the same turn share one commit", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "first", 1);
    const before = commitsIn(file);
    await Promise.all(Array.from({ length: 50 }, (_, index) => write(backup, `id-${index}`, 1)));
    expect(commitsIn(file) - before).toBe(1);
    expect(await listed(backup)).toHaveLength(51);
  });

  it("writes, touches and deletes that come while a commit is under way share the next one", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "touched", 1);
    await write(backup, "deleted", 1);
    const before = commitsIn(file);
    const release = await holdLock(file, "EXCLUSIVE");

    const first = write(backup, "first", 1);
    await Promise.resolve(); // The first batch is under way now.
    const later = Promise.all([
      write(backup, "later", 1),
      backup.touch("touched", { usedAt: 5 }),
      backup.delete("deleted"),
      write(backup, "latest", 1),
    ]);
    release();
    await first;
    expect(await later).toEqual([1, undefined, true, 1]);
    expect(commitsIn(file) - before).toBe(2);
  });

  it("a write that is refused does not fail those that would have shared its commit", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "id", 1);
    withDatabase(file, (database) =>
      database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON records WHEN new.id = 'bad'
                     BEGIN SELECT RAISE(ABORT, 'refused by a trigger'); END`),
    );
    const outcomes = await Promise.allSettled(["good", "bad", "fine"].map((id) => write(backup, id, 2)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(outcomes[1]).toHaveProperty("reason.message", expect.stringContaining("refused by a trigger"));
    expect((await listed(openBackup(file))).map(({ id }) => id)).toEqual(["fine", "good", "id"]);
  });

  it("a touch without a later use costs no commit", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "id", 5);
    const before = commitsIn(file);
    await backup.touch("id", { usedAt: 5 });
    await backup.touch("absent", { usedAt: 9 });
    expect(commitsIn(file)).toBe(before);
  });

  it("a commit leaves the journal in place with its header wiped, which works on a full disk", async () => {
    const file = newFile();
    await write(openBackup(file), "id", 1);
    expect(statSync(`${file}-journal`).size).toBeGreaterThan(512);
    expect(readFileSync(`${file}-journal`).subarray(0, 28)).toEqual(Buffer.alloc(28));
  });
});

describe("the file", () => {
  it("the file, its directory and its journal are for the owner alone, whatever the umask", async () => {
    const file = join(temporaryDirectory(), "made", "too", "backup.db");
    const umask = process.umask(0);
    try {
      await write(openBackup(file), "id", 1);
    } finally {
      process.umask(umask);
    }
    const modes = [file, `${file}-journal`, dirname(file), dirname(dirname(file))].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o700, 0o700]);
  });

  it("an existing file keeps its permissions", async () => {
    const file = newFile();
    writeFileSync(file, "");
    chmodSync(file, 0o640);
    await write(openBackup(file), "id", 1);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it("the file is marked as lastgood's, with its format", async () => {
    const file = newFile();
    await write(openBackup(file), "id", 1);
    expect(readFileSync(file).toString("latin1", 68, 72)).toBe("last");
    expect(withDatabase(file, (database) => valueOf(database, "PRAGMA user_version"))).toBe(2);
  });
});

describe("close", () => {
  it("close waits for the calls before it", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "id", 1);
    const written = [2, 3, 4].map((stamp) => write(backup, "id", stamp));
    await backup.close?.();
    expect(await Promise.all(written)).toEqual([2, 3, 4]);
    expect(await readText(openBackup(file), "id")).toBe("id 4");
  });

  it("a second close, and a close without any call, do nothing", async () => {
    const backup = sqliteBackup(newFile());
    await backup.close?.();
    await backup.close?.();
  });

  it("every call after close rejects", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await backup.close?.();
    await expect(write(backup, "id", 1)).rejects.toThrow(`${file} is closed`);
    await expect(backup.read("id")).rejects.toThrow(/closed/);
    await expect(listed(backup)).rejects.toThrow(/closed/);
  });
});

function payloadsIn(file: string): readonly string[] {
  const rows = withDatabase(file, (database) => database.prepare<[], { bytes: Uint8Array }>("SELECT bytes FROM payloads").all());
  return rows.map(({ bytes }) => Buffer.from(bytes).toString()).sort();
}
