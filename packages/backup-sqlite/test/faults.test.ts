/** Faults of the file, the disk and the thread. */
import { execFileSync } from "node:child_process";
import {
  chmodSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, unlinkSync, writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { BackupDatabase } from "../src/database.ts";
import { type SqliteDriver, valueOf } from "../src/driver.ts";
import type { sqliteBackup } from "../src/index.ts";
import {
  damagePage, driver, holdLock, keepInWal, listed, newFile, openBackup, readText, rootPage, run, temporaryDirectory, withDatabase, write,
} from "./helpers.ts";

describe("a file that goes away while it is open", () => {
  it("a file that is unlinked while open is created again by the next write", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "id", 1);
    unlinkSync(file);
    await write(backup, "id", 2);
    expect(await readText(openBackup(file), "id")).toBe("id 2");
    expect(await readText(openBackup(file), "id", 2)).toBeUndefined();
  });

  it("a file that is replaced while open is noticed by reads and writes", async () => {
    const [file, restored] = [newFile(), newFile()];
    const backup = openBackup(file);
    await write(backup, "id", 1);
    await write(openBackup(restored), "id", 7);
    renameSync(restored, file);
    expect(await readText(backup, "id")).toBe("id 7");
    await write(backup, "id", 8);
    expect(await readText(openBackup(file), "id", 8)).toBe("id 7");
  });

  it("a file that is replaced while a write waits for the lock is noticed by that write", async () => {
    const [file, restored] = [newFile(), newFile()];
    const backup = openBackup(file);
    await write(backup, "id", 1);
    await write(openBackup(restored), "id", 7);
    const release = await holdLock(file, "EXCLUSIVE");
    const writing = write(backup, "id", 8);
    renameSync(restored, file);
    expect(await writing).toBe(8);
    expect(await readText(openBackup(file), "id", 8)).toBe("id 7");
    release();
  });

  it("a file that is replaced in the middle of a write rejects that write, and accepts the next", async () => {
    const file = await fileWithRecord();
    withDatabase(file, (database) =>
      database.exec(`CREATE TRIGGER slow AFTER INSERT ON records BEGIN
        SELECT count(*) FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3000000) SELECT x FROM n);
      END`),
    );
    const backup = openBackup(file);
    const writing = write(backup, "id", 1);
    while (!isLocked(file)) await turn();
    renameSync(file, `${file}.old`);
    await expect(writing).rejects.toThrow(`${file} was replaced while it was being written`);
    await write(backup, "id", 2);
    expect(await readText(openBackup(file), "id")).toBe("id 2");
  });

  it.each(["read", "written"] as const)("a file that is replaced while it is %s is named as replaced, whatever SQLite missed first", (during) => {
    const file = newFile();
    const database = new BackupDatabase(driver, { file, generations: 1, busyTimeout: 1000, mustExist: false, driver: undefined });
    const fail = (): never => {
      renameSync(file, `${file}.old`);
      throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_FSTAT" });
    };
    const call = during === "read" ? () => database.query(fail) : () => database.transaction(fail);
    expect(call).toThrow(`${file} was replaced while it was being ${during}`);
    expect(database.query(({ page }) => page("", 1))).toEqual([]);
  });

  it("a file that is replaced while it is opened is named as replaced, whatever SQLite missed first", () => {
    const file = newFile();
    const open: SqliteDriver["open"] = (...args) => {
      const opened = driver.open(...args);
      renameSync(file, `${file}.old`);
      const exec = (): never => {
        throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_FSTAT" });
      };
      return { prepare: (sql) => opened.prepare(sql), exec, close: () => opened.close() };
    };
    const database = new BackupDatabase({ ...driver, open }, { file, generations: 1, busyTimeout: 1000, mustExist: false, driver: undefined });
    expect(() => database.query(() => undefined)).toThrow(`${file} was replaced while it was being opened`);
  });

  it("a file that is deleted with its directory is created again with it", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "id", 1);
    rmSync(dirname(file), { recursive: true });
    await write(backup, "id", 2);
    expect(await readText(openBackup(file), "id")).toBe("id 2");
  });

  it("a file that is truncated to nothing while open rejects one call at most, and starts afresh", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "id", 1);
    truncateSync(file);
    await write(backup, "id", 2).catch(() => undefined);
    await write(backup, "id", 3);
    expect(await readText(openBackup(file), "id")).toBe("id 3");
  });
});

describe("a file that another process has switched to WAL and reads, as Litestream does for good", () => {
  it("a file that another process keeps in WAL is read and written, and stays in WAL", async () => {
    const file = await fileWithRecord();
    const reader = await keepInWal(file);
    const backup = openBackup(file);
    expect(await readText(backup, "kept")).toBe("kept 1");
    await write(backup, "kept", 9);
    expect(await readText(backup, "kept")).toBe("kept 9");
    expect(await readText(backup, "kept", 9)).toBe("kept 1");
    expect(await reader.records()).toBe("1");
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
  });

  it("a file in WAL is read without a write to it, and is put back into PERSIST by the first write once nobody else has it open", async () => {
    const file = await fileWithRecord();
    withDatabase(file, (database) => valueOf(database, "PRAGMA journal_mode = WAL"));
    const backup = openBackup(file);
    const before = readFileSync(file);
    expect(await readText(backup, "kept")).toBe("kept 1");
    expect(readFileSync(file).equals(before)).toBe(true);
    await write(backup, "kept", 2);
    expect(withDatabase(file, (database) => valueOf(database, "PRAGMA journal_mode"))).not.toBe("wal");
  });

  it("a read of a file in WAL does not wait for the reader of another process", async () => {
    const file = await fileWithRecord();
    await keepInWal(file);
    expect(await readText(openBackup(file, { busyTimeout: 0 }), "kept")).toBe("kept 1");
    await write(openBackup(file, { busyTimeout: 0 }), "kept", 2);
  });

  it("a file in WAL that this process may only read is read, and a write says which permissions it needs", async () => {
    const file = await fileWithRecord();
    await keepInWal(file);
    for (const path of [file, `${file}-wal`, `${file}-shm`]) chmodSync(path, 0o400);
    chmodSync(dirname(file), 0o500);
    const outcome: unknown = JSON.parse(await run("read-then-write", [file], boundByPermissions()));
    chmodSync(dirname(file), 0o700);
    expect(outcome).toEqual({ read: 1, readAgain: 1, written: expect.stringMatching(/needs write permission for .*-wal and .*-shm/) });
  });

  it("a file that another process keeps for itself in WAL rejects calls once busyTimeout is over, and says so", async () => {
    const file = await fileWithRecord();
    await (await keepInWal(file)).takeExclusively();
    const backup = openBackup(file, { busyTimeout: 50 });
    await expect(backup.read("kept")).rejects.toThrow(`${file} has been locked by another process for over 50 ms`);
    await expect(write(backup, "kept", 2)).rejects.toThrow(/locked by another process/);
  });
});

describe("a file that is not what it should be", () => {
  it("a file of length zero is a new database", async () => {
    const file = newFile();
    writeFileSync(file, "");
    await write(openBackup(file), "id", 1);
    expect(await readText(openBackup(file), "id")).toBe("id 1");
  });

  it("a file without a SQLite header rejects each call and says what to do, until it is moved away", async () => {
    const file = newFile();
    writeFileSync(file, "a letter to the editor\n".repeat(100));
    const backup = openBackup(file);
    for (const call of [() => backup.read("id"), () => write(backup, "id", 1), () => backup.delete("id"), () => listed(backup)]) {
      await expect(call()).rejects.toThrow(/SQLITE_NOTADB.*[Mm]ove it away/);
    }
    expect(readFileSync(file, "utf8")).toBe("a letter to the editor\n".repeat(100));
    renameSync(file, `${file}.old`);
    await write(backup, "id", 1);
    expect(await readText(backup, "id")).toBe("id 1");
  });

  it("a file with damaged pages rejects each call and says what to do", async () => {
    const file = await fileWithRecord();
    for (const table of ["records", "payloads"]) damagePage(file, rootPage(file, table));
    const backup = openBackup(file);
    for (const call of [() => backup.read("kept"), () => write(backup, "kept", 2), () => listed(backup)]) {
      await expect(call()).rejects.toThrow(`${file} is damaged`);
      await expect(call()).rejects.toThrow(/SQLITE_CORRUPT.*Move it away/);
    }
  });

  it("a database of another program is refused and left alone, with an application id and without", async () => {
    for (const sql of ["PRAGMA application_id = 252006675; CREATE TABLE theirs (x)", "CREATE TABLE theirs (x)"]) {
      const file = newFile();
      withDatabase(file, (database) => database.exec(`PRAGMA journal_mode = WAL; ${sql}`));
      const theirs = readFileSync(file);
      const backup = openBackup(file);
      await expect(backup.read("id")).rejects.toThrow(`${file} is the database of another program`);
      await expect(write(backup, "id", 1)).rejects.toThrow(/another program/);
      await backup.close?.();
      expect(readFileSync(file)).toEqual(theirs);
    }
  });

  it.each([
    ["later", 3, "update"], ["earlier", 1, "move it away"],
  ])("a file of a %s format is refused and left alone, and the message says what to do", async (_, format, remedy) => {
    const file = newFile();
    await write(openBackup(file), "id", 1);
    withDatabase(file, (database) => database.exec(`PRAGMA user_version = ${format}`));
    const before = readFileSync(file);
    await expect(openBackup(file).read("id")).rejects.toThrow(`has format ${format}, this release knows 2: ${remedy}`);
    await expect(write(openBackup(file), "id", 2)).rejects.toThrow(remedy);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("a symbolic link is refused, and its target is not written", async () => {
    const [link, target] = [newFile(), newFile()];
    writeFileSync(target, "");
    symlinkSync(target, link);
    await expect(write(openBackup(link), "id", 1)).rejects.toThrow(`${link} is a symbolic link`);
    expect(readFileSync(target)).toHaveLength(0);
  });

  it("a directory in place of the file is refused", async () => {
    const directory = temporaryDirectory();
    await expect(openBackup(directory).read("id")).rejects.toThrow(`${directory} is not a file`);
  });
});

describe("a disk that does not take writes", () => {
  it("a disk that cannot be written rejects calls, not the construction, until it can be", async () => {
    const directory = temporaryDirectory();
    const obstacle = join(directory, "mount");
    writeFileSync(obstacle, "a file where the directory should be");
    const backup = openBackup(join(obstacle, "backup.db"));
    await expect(backup.read("id")).rejects.toThrow(/ENOTDIR|EEXIST/);
    await expect(write(backup, "id", 1)).rejects.toThrow(/ENOTDIR|EEXIST/);
    unlinkSync(obstacle);
    await write(backup, "id", 1);
    expect(await readText(backup, "id")).toBe("id 1");
  });

  it("a full disk rejects writes and answers reads (ulimit)", async () => {
    const file = await fileWithRecord();
    const limited = ["sh", "-c", 'ulimit -f 0; exec "$0" "$@"'];
    const outcome: unknown = JSON.parse(await run("read-then-write", [file], limited));
    expect(outcome).toEqual({ read: 1, readAgain: 1, written: expect.stringMatching(/SQLITE_(IOERR|FULL)/) });
    await write(openBackup(file), "kept", 2);
  });

  it("a read-only file in a read-only directory rejects writes and answers reads", async () => {
    const file = await fileWithRecord();
    chmodSync(file, 0o400);
    chmodSync(`${file}-journal`, 0o400);
    chmodSync(dirname(file), 0o500);
    const outcome: unknown = JSON.parse(await run("read-then-write", [file], boundByPermissions()));
    chmodSync(dirname(file), 0o700);
    expect(outcome).toEqual({ read: 1, readAgain: 1, written: expect.stringMatching(/SQLITE_(READONLY|CANTOPEN)/) });
  });
});

describe("the thread", () => {
  it("a driver that is not installed rejects the calls and says what to install, and works once it is there", async () => {
    const directory = packageCopy();
    mkdirSync(join(directory, "node_modules", "@lastgood"), { recursive: true });
    const core = fileURLToPath(new URL("../../core", import.meta.url));
    symlinkSync(core, join(directory, "node_modules", "@lastgood", "core"));
    const module: unknown = await import(pathToFileURL(join(directory, "dist", "index.js")).href);
    // The same code as the types are from, elsewhere.
    const copy = module as { readonly sqliteBackup: typeof sqliteBackup };
    const backup = copy.sqliteBackup(newFile(), { driver: "better-sqlite3" });
    const missing = /^The database thread of .* died: The driver better-sqlite3 cannot be loaded\. Install better-sqlite3 12 .* \(Cannot find package 'better-sqlite3' .*\)$/;
    await expect(write(backup, "id", 1)).rejects.toThrow(missing);
    await expect(backup.read("id")).rejects.toThrow(missing);

    const client = dirname(createRequire(import.meta.url).resolve("better-sqlite3/package.json"));
    symlinkSync(client, join(directory, "node_modules", "better-sqlite3"));
    await write(backup, "id", 1);
    expect(await readText(backup, "id")).toBe("id 1");
    await backup.close?.();
  });
});

async function fileWithRecord(): Promise<string> {
  const file = newFile();
  const backup = openBackup(file);
  await write(backup, "kept", 1);
  await backup.close?.();
  return file;
}

function isLocked(file: string): boolean {
  return withDatabase(file, (database) => {
    try {
      database.exec("PRAGMA busy_timeout = 0");
      database.prepare("SELECT count(*) FROM records").get();
      return false;
    } catch {
      return true;
    }
  });
}

/** Root may write to read-only files, so this test needs another user. */
function boundByPermissions(): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  const bound = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"];
  const [command = "", ...args] = [...bound, "true"];
  execFileSync(command, args); // Throws if the machine lacks the command.
  return bound;
}

/** A copy of the compiled package that cannot find its client library. */
function packageCopy(): string {
  const directory = temporaryDirectory();
  for (const name of ["dist", "src", "package.json"]) {
    cpSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), join(directory, name), { recursive: true });
  }
  return directory;
}
