import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { sqliteBackup } from "../src/index.ts";
import {
  commitsIn, damagePage, holdLock, listed, newFile, openBackup, readText, rootPage, temporaryDirectory, withDatabase, write,
} from "./helpers.ts";

describe("what sqliteBackup is given", () => {
  it.each([
    ["a number", 7], ["nothing", undefined], ["null", null],
  ])("refuses %s as a file with a TypeError", (_, file) => {
    // @ts-expect-error: this is what a caller without types may do
    expect(() => sqliteBackup(file)).toThrow(TypeError);
  });

  it.each([
    ["an empty path", "", /not empty/],
    ["a space at the end, which SQLite would cut off", "backup.db ", /spaces/],
    ["NUL, where SQLite would end the name", "a\0b", /NUL/],
    ["a URL in a string", "file:./backup.db", /new URL/],
    ["a URL of another protocol", new URL("https://example.com/backup.db"), /https:/],
  ])("refuses %s as a file with a RangeError", (_, file, message) => {
    expect(() => sqliteBackup(file)).toThrow(RangeError);
    expect(() => sqliteBackup(file)).toThrow(message);
  });

  it("refuses :memory: and says that it would be gone with the process", () => {
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
    [null, TypeError, /options/],
    [{ busyTimeOut: 1 }, TypeError, /options must be among generations, busyTimeout, mustExist; got "busyTimeOut"/],
  ])("refuses the options %j", (options, type, message) => {
    // @ts-expect-error: this is what a caller without types may do
    expect(() => sqliteBackup("backup.db", options)).toThrow(type);
    // @ts-expect-error: the same
    expect(() => sqliteBackup("backup.db", options)).toThrow(message);
  });

  it("takes a file: URL", async () => {
    const file = newFile();
    const backup = sqliteBackup(pathToFileURL(file));
    await write(backup, "id", 1);
    await backup.close?.();
    expect(await readText(openBackup(file), "id")).toBe("id 1");
  });

  it("a path that begins with the sign of a home directory is refused, and makes no directory of that name", () => {
    for (const file of ["~", "~/backup.db"]) {
      expect(() => sqliteBackup(file)).toThrow(/^sqliteBackup: file must be a path with the home directory written out/);
    }
  });

  it("a URL's path is relative, absolute or in the home directory, and a host in it is refused without a password being told", async () => {
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

  it("with mustExist each call on a file that is not there fails and says so, and neither file nor directory is made", async () => {
    const file = join(temporaryDirectory(), "typo", "backup.db");
    const backup = openBackup(file, { mustExist: true });
    for (const call of [() => backup.read("id"), () => listed(backup), () => write(backup, "id", 1), () => backup.delete("id")]) {
      await expect(async () => call()).rejects.toThrow(`${file} is not there, and mustExist forbids to make it`);
    }
    expect(statSync(dirname(file), { throwIfNoEntry: false })).toBeUndefined();
  });

  it("with mustExist a file that is there is read and written, and one that appears later too", async () => {
    const file = newFile();
    const backup = openBackup(file, { mustExist: true });
    await expect(async () => backup.read("id")).rejects.toThrow("is not there");
    await write(openBackup(file), "id", 1);
    expect(await readText(backup, "id")).toBe("id 1");
    expect(await write(backup, "id", 2)).toBe(2);
  });

  it.each(["/proc/x/backup.db", "/proc/x/y/backup.db"])("fails at once for %s, where no directory can be made", async (file) => {
    const backup = openBackup(file);
    await expect(write(backup, "id", 1)).rejects.toThrow(/ENOENT.*\/proc\/x/);
    await expect(backup.read("id")).rejects.toThrow(/ENOENT.*\/proc\/x/);
  });

  it("opens nothing before the first call", () => {
    const file = newFile();
    openBackup(file);
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe("records", () => {
  it("keeps as many records of an id as `generations` says, the newest ones", async () => {
    const backup = openBackup(newFile(), { generations: 3 });
    for (const stamp of [50, 10, 40, 20, 30]) await write(backup, "id", stamp);
    expect(await readText(backup, "id")).toBe("id 50");
    expect(await readText(backup, "id", 50)).toBe("id 40");
    expect(await readText(backup, "id", 40)).toBe("id 30");
    expect(await readText(backup, "id", 30)).toBeUndefined();
  });

  it("drops the records that are no longer kept from the file", async () => {
    const file = newFile();
    const backup = openBackup(file);
    for (let stamp = 1; stamp <= 5; stamp++) await write(backup, "id", stamp);
    await write(backup, "other", 1);
    const stamps = withDatabase(file, (database) =>
      database.prepare("SELECT loaded_at FROM records WHERE id = 'id' ORDER BY loaded_at").pluck().all(),
    );
    expect(stamps).toEqual([4, 5]);
  });

  it("keeps the later of two records with the same stamp", async () => {
    const backup = openBackup(newFile());
    await write(backup, "id", 1, "first");
    expect(await write(backup, "id", 1, "second")).toBe(1);
    expect(await readText(backup, "id")).toBe("second");
  });

  it("tells stamps up to Number.MAX_SAFE_INTEGER apart", async () => {
    const backup = openBackup(newFile());
    const last = Number.MAX_SAFE_INTEGER;
    expect(await write(backup, "id", last - 1)).toBe(last - 1);
    expect(await write(backup, "id", last)).toBe(last);
    expect((await backup.read("id"))?.loadedAt).toBe(last);
    expect((await backup.read("id", { before: last }))?.loadedAt).toBe(last - 1);
    expect(await listed(backup)).toEqual([{ id: "id", usedAt: last, loadedAt: last, size: `id ${last}`.length }]);
  });

  it("takes bytes that are part of a larger buffer, and they are the caller's again at once", async () => {
    const backup = openBackup(newFile());
    const whole = Buffer.from("before|bytes|after");
    const written = backup.write("id", whole.subarray(7, 12), { loadedAt: 1, usedAt: 1 });
    whole.fill(0);
    await written;
    expect(await readText(backup, "id")).toBe("bytes");
  });
});

describe("list", () => {
  it("goes on page by page while the store is written: it holds no lock, and sees what lies ahead of it", async () => {
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

  it("reads no payloads: it works where they are damaged", async () => {
    const file = newFile();
    const writer = openBackup(file);
    await write(writer, "id", 1, "payload");
    await writer.close?.();
    damagePage(file, rootPage(file, "records"));
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
    await Promise.resolve(); // The first batch is out now.
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

  it("a touch that tells nothing new costs no commit", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "id", 5);
    const before = commitsIn(file);
    await backup.touch("id", { usedAt: 5 });
    await backup.touch("absent", { usedAt: 9 });
    expect(commitsIn(file)).toBe(before);
  });

  it("end with the journal in place and its header wiped, which is what works on a full disk", async () => {
    const file = newFile();
    await write(openBackup(file), "id", 1);
    expect(statSync(`${file}-journal`).size).toBeGreaterThan(512);
    expect(readFileSync(`${file}-journal`).subarray(0, 28)).toEqual(Buffer.alloc(28));
  });
});

describe("the file", () => {
  it("is made with its directory and its journal for the owner alone, whatever the umask", async () => {
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

  it("keeps the permissions that it has", async () => {
    const file = newFile();
    writeFileSync(file, "");
    chmodSync(file, 0o640);
    await write(openBackup(file), "id", 1);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it("is marked as lastgood's, and with its format", async () => {
    const file = newFile();
    await write(openBackup(file), "id", 1);
    expect(readFileSync(file).toString("latin1", 68, 72)).toBe("last");
    expect(withDatabase(file, (database) => database.pragma("user_version", { simple: true }))).toBe(1);
  });
});

describe("close", () => {
  it("settles what was called before it", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "id", 1);
    const written = [2, 3, 4].map((stamp) => write(backup, "id", stamp));
    await backup.close?.();
    expect(await Promise.all(written)).toEqual([2, 3, 4]);
    expect(await readText(openBackup(file), "id")).toBe("id 4");
  });

  it("does nothing the second time, and nothing to an adapter that was never used", async () => {
    const backup = sqliteBackup(newFile());
    await backup.close?.();
    await backup.close?.();
  });

  it("lets no call through afterwards", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await backup.close?.();
    await expect(write(backup, "id", 1)).rejects.toThrow(`${file} is closed`);
    await expect(backup.read("id")).rejects.toThrow(/closed/);
    await expect(listed(backup)).rejects.toThrow(/closed/);
  });
});
