/** Which client of SQLite is used, and the tests of this package on the SQLite of the runtime. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Datastore } from "@lastgood/core";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { chooseDriver, type DriverName, inTransaction, type SqliteDatabase, type SqliteDriver, valueOf } from "../src/driver.ts";
import { nameOfCode } from "../src/drivers/result-codes.ts";
import { sqliteBackup } from "../src/index.ts";

const NAMES = ["better-sqlite3", "bun:sqlite", "node:sqlite"] as const;
const loadable = NAMES.filter(loads);

function loads(name: DriverName): boolean {
  try {
    return chooseDriver(name).name === name;
  } catch {
    return false;
  }
}

function newFile(name = "backup.db"): string {
  const directory = mkdtempSync(join(tmpdir(), "lastgood-sqlite-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, name);
}

describe("the choice of a driver", () => {
  const fake = (name: DriverName): SqliteDriver => ({ name, open: () => expect.unreachable() });
  const only = (...there: readonly DriverName[]) => (name: DriverName) => {
    if (there.includes(name)) return fake(name);
    throw new Error(`Cannot find package '${name}'\nRequire stack:\n- /app.js`);
  };

  it.each([
    [["better-sqlite3", "bun:sqlite", "node:sqlite"], "better-sqlite3"],
    [["bun:sqlite", "node:sqlite"], "bun:sqlite"],
    [["node:sqlite"], "node:sqlite"],
  ] as const)("of the drivers %j the one chosen is %s", (there, chosen) => {
    expect(chooseDriver(undefined, only(...there)).name).toBe(chosen);
  });

  it.each(NAMES)("the driver %s is used if it is asked for, whatever else is there", (name) => {
    expect(chooseDriver(name, only(...NAMES)).name).toBe(name);
  });

  it("where there is no SQLite, one line says what to install, and why better-sqlite3 is not used", () => {
    expect(() => chooseDriver(undefined, only())).toThrow(
      /^SQLite cannot be loaded\. Install better-sqlite3 12 .* or use Node 22\.13 or later, bun or Deno, which bring their own \(Cannot find package 'better-sqlite3'\)$/,
    );
  });

  it("of a build for another Node the line tells the versions, and nothing of what npm would do", () => {
    const load = (): never => {
      throw new Error("The module '/x.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 115. This version of Node.js requires\nNODE_MODULE_VERSION 127. Please try re-compiling");
    };
    expect(() => chooseDriver("better-sqlite3", load)).toThrow(/\(The module '\/x\.node' was compiled against a different Node\.js version using NODE_MODULE_VERSION 115\)$/);
  });

  it.each([["node:sqlite", /Node 22\.13/], ["bun:sqlite", /part of bun/], ["better-sqlite3", /install script/]] as const)(
    "a driver %s that was asked for and is not there is not replaced by another",
    (name, message) => {
      const others = NAMES.filter((each) => each !== name);
      expect(() => chooseDriver(name, only(...others))).toThrow(message);
    },
  );

  it("this runtime has the SQLite that it should have", () => {
    const { bun, deno, node } = process.versions;
    const own = deno !== undefined || bun !== undefined || Number(node.split(".")[0]) >= 22 ? ["node:sqlite"] : [];
    expect(loadable.filter((name) => name !== "better-sqlite3")).toEqual(bun === undefined ? own : ["bun:sqlite", ...own]);
  });
});

describe.each(loadable)("the driver %s", (name) => {
  const driver = chooseDriver(name);

  it("health shows the driver and its version of SQLite, once the file has been opened", async () => {
    const datastore = new Datastore({ cache: NO_CACHE, backup: sqliteBackup(newFile(), { driver: name }) });
    expect(datastore.health().backup).not.toHaveProperty("details");
    await datastore.set("key", "value");
    expect(datastore.health().backup.details).toEqual({ driver: name, sqlite: expect.stringMatching(/^3\.\d+\.\d+/) });
    await datastore.close();
  });

  it("a program that uses the backup prints nothing, such as a warning of an experiment, and ends", () => {
    const program = new URL("./processes/quiet.mjs", import.meta.url);
    const { stdout, stderr, status } = spawnSync(process.execPath, [program.pathname, newFile()], { env: { ...process.env, TEST_DRIVER: name } });
    expect([String(stderr), String(stdout), status]).toEqual(["", "1\n", 0]);
  });

  it.each(["a?b=c#d%20e.db", "ünï cödé.db", "a'b\"c\\d.db", "a&mode=memory.db"])("a file may be named %s", async (fileName) => {
    const file = newFile(fileName);
    for (const stamp of [1, 2]) {
      const backup = sqliteBackup(file, { driver: name });
      await backup.write("id", Buffer.from("text"), { loadedAt: stamp, usedAt: stamp });
      expect((await backup.read("id", { before: 2 }))?.loadedAt).toBe(1);
      await backup.close?.();
    }
  });

  it("a file that is not there is not created by the driver, and the error has SQLite's code", () => {
    const file = newFile();
    expect(() => driver.open(file, 0)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^SQLITE_CANTOPEN/) }));
    expect(() => driver.open(file, 0)).toThrow(); // nor by the first attempt
  });

  it("errors have SQLite's extended codes", async () => {
    const file = newFile();
    const backup = sqliteBackup(file, { driver: name });
    await backup.write("id", Buffer.from("text"), { loadedAt: 1, usedAt: 1 });
    await backup.close?.();
    const [database, other] = [driver.open(file, 0), driver.open(file, 0)];
    const add = (id: string) => database.prepare<[string]>("INSERT INTO records VALUES (?, 1, 1, 1, 1)").run(id);
    expect(() => add("id")).toThrow(expect.objectContaining({ code: "SQLITE_CONSTRAINT_PRIMARYKEY" }));
    expect(() => database.prepare("SELECT * FROM absent")).toThrow(expect.objectContaining({ code: "SQLITE_ERROR" }));
    inTransaction(other, "EXCLUSIVE", () => {
      expect(() => add("another")).toThrow(expect.objectContaining({ code: "SQLITE_BUSY" }));
      expect(() => inTransaction(database, "IMMEDIATE", () => undefined)).toThrow(expect.objectContaining({ code: "SQLITE_BUSY" }));
      expect(() => valueOf(database, "SELECT count(*) FROM records")).toThrow(expect.objectContaining({ code: "SQLITE_BUSY" }));
    });
    expect(add("another")).toBe(1);
    for (const each of [database, other]) each.close();
  });

  it("empty bytes are no NULL, also if another thread has sent them", () => {
    const file = newFile();
    writeFileSync(file, "");
    const database = driver.open(file, 0);
    const bytes = new Uint8Array(0);
    const sent = structuredClone(bytes, { transfer: [bytes.buffer] });
    for (const each of [new Uint8Array(0), sent, Buffer.alloc(0)]) {
      expect(database.prepare<[Uint8Array], object>("SELECT typeof(?) AS type").get(each)).toMatchObject({ type: "blob" });
    }
    database.close();
  });

  it("a transaction whose work throws leaves no trace and no lock", async () => {
    const file = newFile();
    const backup = sqliteBackup(file, { driver: name });
    await backup.read("id");
    const [database, other] = [driver.open(file, 0), driver.open(file, 0)];
    const failing = (): never => {
      database.exec("DROP TABLE records");
      throw new Error("the work failed");
    };
    expect(() => inTransaction(database, "EXCLUSIVE", failing)).toThrow("the work failed");
    expect(inTransaction(other, "EXCLUSIVE", () => valueOf(other, "SELECT count(*) FROM records"))).toBe(0);
    for (const each of [database, other]) each.close();
    await backup.close?.();
  });
});

describe("transactions", () => {
  it("each statement that begins or ends a transaction is prepared once for a database", () => {
    const prepared: string[] = [];
    const database = recording(prepared);
    for (const kind of ["EXCLUSIVE", "DEFERRED", "EXCLUSIVE", "DEFERRED"] as const) inTransaction(database, kind, () => undefined);
    inTransaction(recording(prepared), "EXCLUSIVE", () => undefined);
    expect(prepared).toEqual(["BEGIN EXCLUSIVE", "COMMIT", "BEGIN DEFERRED", "BEGIN EXCLUSIVE", "COMMIT"]);
  });

  function recording(prepared: string[]): SqliteDatabase {
    const statement = { get: () => undefined, all: () => [], run: () => 0 };
    return { prepare: (sql) => (prepared.push(sql), statement), exec: () => undefined, close: () => undefined };
  }
});

describe("result codes", () => {
  it.each([[5, "SQLITE_BUSY"], [517, "SQLITE_BUSY_SNAPSHOT"], [1032, "SQLITE_READONLY_DBMOVED"], [26, "SQLITE_NOTADB"], [2579, "SQLITE_CONSTRAINT_ROWID"], [8458, "SQLITE_IOERR_CORRUPTFS"], [266, "SQLITE_IOERR_READ"], [4, "SQLITE_ABORT"], [516, "SQLITE_ABORT_ROLLBACK"], [65_290, "SQLITE_IOERR"]])(
    "the result code %i is %s",
    (code, name) => {
      expect(nameOfCode(code)).toBe(name);
    },
  );
});

const own = loadable.filter((name) => name !== "better-sqlite3").slice(0, 1);

describe.each(own)("on the SQLite of the runtime", async (name) => {
  const before = process.env["TEST_DRIVER"];
  process.env["TEST_DRIVER"] = name;
  afterAll(() => {
    if (before === undefined) delete process.env["TEST_DRIVER"];
    else process.env["TEST_DRIVER"] = before;
  });
  await import("./conformance.test.ts");
  await import("./backup-sqlite.test.ts");
});

/** Keeps nothing. */
const NO_CACHE = { name: "none", stores: "values", get: () => undefined, set: () => undefined, delete: () => undefined } as const;
