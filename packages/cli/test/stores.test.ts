import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { chmod, cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { UsageError } from "../src/arguments/usage-error.ts";
import { fileCache } from "../src/stores/file-cache.ts";
import { findPlaces, type Places } from "../src/stores/places.ts";
import { sqliteCache } from "../src/stores/sqlite-cache.ts";
import { type Sandbox, sandbox } from "./support/sandbox.ts";

const BYTES = new Uint8Array([1, 2, 3]);
const MINUTE = 60_000;

describe.each([
  ["a SQLite file", sqliteCache],
  ["a directory", fileCache],
] as const)("a cache in %s", (medium, open) => {
  it(`a cache in ${medium} still has its entries when it is opened again`, async () => {
    const place = (await sandbox()).path("cache/place");
    const cache = open(place);
    await cache.set("id", BYTES, MINUTE);
    await cache.close?.();
    const again = open(place);
    expect(new Uint8Array((await again.get("id")) ?? [])).toEqual(BYTES);
    await again.close?.();
  });

  it(`a cache in ${medium} deletes expired entries at every set, so that it does not grow for ever`, async () => {
    const place = (await sandbox()).path("place");
    const cache = open(place);
    onTestFinished(() => cache.close?.());
    await cache.set("other", BYTES, MINUTE);
    const large = new Uint8Array(1_000_000);
    for (let round = 0; round < 5; round++) await cache.setUnlessNewer?.(`id-${round}`, large, 0.001, { loadedAt: round });
    expect(await sizeOf(place)).toBeLessThan(3 * large.length);
  });

  it(`a cache in ${medium} creates nothing for reads and deletes`, async () => {
    const box = await sandbox();
    const cache = open(box.path("place"));
    expect(await cache.get("id")).toBeUndefined();
    await cache.delete("id");
    await cache.close?.();
    expect(await readdir(box.directory)).toEqual([]);
  });

  it(`a cache in ${medium} keeps the newest answer of several processes, in whatever order they write`, async () => {
    const place = (await sandbox()).path("place");
    const writers = await Promise.all([3, 1, 2, 0].map((number) => startWriter(open.name, place, number)));
    await Promise.all(writers.map(writeAll));
    const cache = open(place);
    onTestFinished(() => cache.close?.());
    for (let round = 0; round < ROUNDS; round++) {
      expect(Buffer.from((await cache.get(`id-${round}`)) ?? []).toString()).toBe("loaded at 3");
    }
  });
});

const ROUNDS = 20;

/** A process that, when told to, writes an answer loaded at `number` under every id. */
async function startWriter(open: string, place: string, number: number): Promise<ChildProcess> {
  const writer = fork(fileURLToPath(new URL("support/writer.mjs", import.meta.url)), [open, place, String(number), String(ROUNDS)]);
  await once(writer, "message");
  return writer;
}

async function writeAll(writer: ChildProcess): Promise<void> {
  const ended = once(writer, "exit");
  writer.send("write");
  expect(await ended).toEqual([0, null]);
}

async function sizeOf(place: string): Promise<number> {
  const found = await stat(place);
  if (!found.isDirectory()) return found.size;
  const sizes = await Promise.all((await readdir(place)).map((name) => sizeOf(join(place, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

it("files and directories of the command line are for their owner alone", async () => {
  const box = await sandbox();
  await box.feed("echo hello");
  for (const place of ["cache/lastgood", "state/lastgood"]) expect((await stat(box.path(place))).mode & 0o777).toBe(0o700);
  for (const file of ["cache/lastgood/cache.db", "state/lastgood/backups.db"]) {
    expect((await stat(box.path(file))).mode & 0o777).toBe(0o600);
  }
});

describe("a cache file that is damaged", () => {
  const NO_DATABASE = "this is no database, and long enough to be looked at ".repeat(100);

  it("a damaged cache file is moved aside, and the next answer is cached again", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    await box.write("cache/lastgood/cache.db", NO_DATABASE);
    const loaded = await box.feed("echo newer");
    expect(loaded.stderr).toMatch(/^lastgood: the cache was damaged \(file is not a database\): it was moved to .*cache\.db\.damaged, and a new one is begun\nlastgood: feed: loaded now\n$/);
    expect([String(loaded.stdout), loaded.code]).toEqual(["newer\n", 0]);
    expect((await box.feed("exit 1")).stderr).toMatch(/^lastgood: feed: cache, .* old\n$/);
    expect(await box.read("cache/lastgood/cache.db.damaged")).toBe(NO_DATABASE);
  });

  it("a cache file that is damaged in the middle is moved aside", async () => {
    const file = (await sandbox()).path("cache.db");
    const cache = sqliteCache(file);
    for (let number = 0; number < 50; number++) await cache.set(`id-${number}`, new Uint8Array(2_000), MINUTE);
    await cache.close?.();
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0xff, 4_096, 60_000));
    const again = sqliteCache(file);
    for (let number = 0; number < 50; number++) await again.set(`id-${number}`, BYTES, MINUTE);
    expect(new Uint8Array((await again.get("id-49")) ?? [])).toEqual(BYTES);
    await again.close?.();
  });

  it("the database of another program is left alone when it is named as the cache", async () => {
    const box = await sandbox();
    await box.keep("echo hello");
    const backups = await readFile(box.path("state/lastgood/backups.db"));
    const { stdout, stderr } = await box.feed("echo newer", "--cache", "state/lastgood/backups.db", "--backup", "file:backups");
    expect(String(stdout)).toBe("newer\n");
    expect(stderr).toContain("backups.db is the database of another program: it is left alone. Give --cache a file of its own\n");
    expect(await readFile(box.path("state/lastgood/backups.db"))).toEqual(backups);
  });
});

it("no time is shown for a backup that the cache could not store, since the next run asks the source again", async () => {
  const box = await sandbox();
  await box.keep("echo hello");
  await rm(box.path("cache"), { recursive: true });
  await box.write("cache", "a file where there should be a directory");
  const { stdout, stderr } = await box.feed("exit 22");
  expect(String(stdout)).toBe("hello\n");
  expect(stderr).toMatch(/\nlastgood: feed: backup, [\d.]+s old: command exited with 22\n$/);
});

describe("a backup store that fails", () => {
  it.each(["file:taken/backups", "sqlite:taken/backups.db"])("a backup that cannot be written does not prevent the answer (%s)", async (backup) => {
    const box = await sandbox();
    await box.write("taken", "a file where there should be a directory");
    const { stdout, stderr, code } = await box.feed("echo hello", "--backup", backup);
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toMatch(/^lastgood: feed: .* failed at write: .*\n/);
    expect(code).toBe(0);
  });

  it("a failing backup store leaves the command's failure visible", async () => {
    const box = await sandbox();
    await box.write("taken", "a file where there should be a directory");
    const { stderr, code } = await box.feed("echo oops >&2; exit 22", "--backup", "file:taken/backups");
    expect(stderr).toContain("oops\n");
    expect(stderr).toContain("lastgood: feed: no backup to stand in: command exited with 22\n");
    expect(code).toBe(22);
  });
});

describe("the places of the stores", () => {
  it.each(["file:backups", "sqlite:backups.db"])("backups are where --backup says (%s)", async (backup) => {
    const box = await sandbox();
    await box.feed("echo hello", "--backup", backup);
    await rm(box.path("cache"), { recursive: true });
    expect(String((await box.feed("exit 1", "--backup", backup)).stdout)).toBe("hello\n");
    await expect(stat(box.path("state"))).rejects.toThrow("ENOENT");
  });

  it.each(["place/my", "sqlite:place/my", "file:place/my"])("the cache is where --cache says (%s)", async (cache) => {
    const box = await sandbox();
    await mkdir(box.path("place"));
    await box.feed("echo hello", "--cache", cache);
    expect((await stat(box.path("place/my"))).size).toBeGreaterThan(0);
    await expect(stat(box.path("cache"))).rejects.toThrow("ENOENT");
  });

  it("each backup has its own cache, so that an answer cached for one is still written to another", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    expect((await box.feed("echo hello", "--backup", "file:backups")).stderr).toContain("loaded now");
  });

  it("stores are in the home directory if the environment names no absolute directories", () => {
    const places = {
      cache: { kind: "sqlite", path: join(homedir(), ".cache/lastgood/cache.db"), options: {} },
      backup: { kind: "sqlite", path: join(homedir(), ".local/state/lastgood/backups.db"), options: {} },
      backupWithoutSqlite: { kind: "file", path: join(homedir(), ".local/state/lastgood/backups"), options: {} },
    };
    for (const value of [undefined, "", "relative"]) {
      expect(inEnvironment({ XDG_CACHE_HOME: value, XDG_STATE_HOME: value }, () => placesOf({}))).toEqual(places);
    }
  });

  it("relative places are resolved at once, so a later run in another directory finds the same stores", () => {
    expect(placesOf({ backup: "file:a", cache: "b" })).toEqual({
      cache: { kind: "sqlite", path: join(process.cwd(), "b"), options: {} },
      backup: { kind: "file", path: join(process.cwd(), "a"), options: {} },
      backupWithoutSqlite: undefined,
    });
  });

  it.each([
    ["file:~/a", join(homedir(), "a")],
    ["sqlite:~/a.db", join(homedir(), "a.db")],
    ["file:~", homedir()],
    ["file:///var/a%20b", "/var/a b"],
    ["file:/var/a%20b", "/var/a%20b"],
    ["sqlite:///var/a.db?generations=3", "/var/a.db"],
    ["file:///var/a?mustExist=true", "/var/a"],
    ["file://localhost/var/a", "/var/a"],
    ["FILE:/var/a", "/var/a"],
  ])("%s names the path %s, as it does for fromEnv", (backup, path) => {
    expect(placesOf({ backup, cache: "~/c" })).toMatchObject({ backup: { path }, cache: { path: join(homedir(), "c") } });
  });

  it("places are those of LASTGOOD_BACKUP_URL and LASTGOOD_CACHE_URL unless an option says otherwise", () => {
    inEnvironment({ LASTGOOD_BACKUP_URL: "sqlite:/b.db?generations=3", LASTGOOD_CACHE_URL: "file:/c" }, () => {
      expect(placesOf({})).toMatchObject({ backup: { kind: "sqlite", path: "/b.db", options: { generations: 3 } }, cache: { kind: "file", path: "/c" } });
      expect(placesOf({ backup: "file:/d", cache: "/e" })).toMatchObject({ backup: { path: "/d" }, cache: { path: "/e" } });
    });
  });

  it("LASTGOOD_CACHE_URL is ignored if it is memory:, and any other cache is refused without showing its password", () => {
    inEnvironment({ LASTGOOD_CACHE_URL: "memory:" }, () => expect(placesOf({ backup: "file:/d" }).cache?.path).toMatch(/lastgood\/cache-\w+\.db$/));
    inEnvironment({ LASTGOOD_CACHE_URL: "redis://:secret@host" }, () => {
      expect(() => placesOf({})).toThrow(/^LASTGOOD_CACHE_URL redis:\/\/… is no place for the cache of the command line/);
      expect(findPlaces(asArguments({}), false).cache).toBeUndefined();
    });
    inEnvironment({ LASTGOOD_BACKUP_URL: "redis://id:secret@host" }, () => expect(() => placesOf({})).toThrow(/^LASTGOOD_BACKUP_URL redis:\/\/… is no place/));
  });

  it.each(["", "backups", "file:", "sqlite:", "s3:bucket", "sqlite: backups.db", "sqlite:backups.db ", "file:a#b", "memory:", "file:a\nb", "file:a?mustExist=1", "file:a?generations=2&generations=3", "sqlite:a?b=%zz"])("the place %j is refused for backups", (backup) => {
    expect(() => placesOf({ backup })).toThrow(UsageError);
  });

  it("a place whose name is not UTF-8 is refused, since Node would take it for another one", async () => {
    expect(() => placesOf({ backup: "file:a\uFFFD" })).toThrow("--backup has a name that is not UTF-8");
    expect(inEnvironment({ XDG_STATE_HOME: "/a\uFFFD" }, () => trying(() => placesOf({})))).toContain("is not UTF-8");
    const box = await sandbox();
    const { stderr } = await box.shell(String.raw`mkdir "$(printf 'd\351')"; cd "$(printf 'd\351')"; lastgood run -- echo hello; lastgood run --key k -- echo hello`);
    expect(stderr).toMatch(/^lastgood: run: the working directory has a name that is not UTF-8: .*\nlastgood: k: loaded now\n$/);
  });

  it("a user without a home directory can name every place by options", async () => {
    const box = await sandbox();
    // No user has this number, and root may take it.
    const run = (...args: readonly string[]): Promise<{ stderr: string }> => box.homeless("run", "--key", "k", ...args, "--", "echo", "hello");
    await chmod(box.directory, 0o777);
    expect((await run("--backup", "file:b", "--cache", "c.db")).stderr).toBe("lastgood: k: loaded now\n");
    expect((await run("--backup", "file:b")).stderr).toMatch(/^lastgood: run: the home directory is not known: set HOME or XDG_CACHE_HOME, or give --cache; /);
    expect((await run("--cache", "c.db")).stderr).toMatch(/^lastgood: run: the home directory is not known: set HOME or XDG_STATE_HOME, or give --backup; /);
    expect((await box.homeless("peek", "--backup", "file:b", "k")).stderr).toMatch(/^lastgood: k: backup, /);
    expect((await run("--backup", "sqlite:~/b", "--cache", "c.db")).stderr).toMatch(/^lastgood: run: the home directory is not known: set HOME, or write the whole path in --backup; /);
  });

  it("a directory in which nothing can be made does not delay the answer", async () => {
    const box = await sandbox();
    const env = { XDG_CACHE_HOME: "/proc/lastgood", XDG_STATE_HOME: "/proc/lastgood" };
    const { stdout, stderr, code } = await box.start(["run", "--key", "k", "--", "echo", "hello"], env).outcome;
    expect([String(stdout), code]).toEqual(["hello\n", 0]);
    expect(stderr).toMatch(/^lastgood: k: .*ENOENT/);
  });
});

describe("a store that is not there", () => {
  it.each([
    ["status"],
    ["peek", "k"],
    ["expire", "k"],
    ["delete", "k"],
    ["cull"],
  ])("a missing store is not created by a command that only looks, which fails and says so: %s %s", async (...command) => {
    const box = await sandbox();
    for (const [place, env] of [
      ["file:typo", {}],
      ["sqlite:typo.db", {}],
      ["", { LASTGOOD_BACKUP_URL: "file:typo" }],
      ["", {}],
    ] as const) {
      const args = place === "" ? command : [...command, "--backup", place];
      const { stdout, stderr, code } = await box.start(args, env).outcome;
      expect([String(stdout), code]).toEqual(["", 1]);
      expect(stderr).toMatch(/^lastgood: there are no backups at (file|sqlite):.+\n$/);
    }
    expect(await readdir(box.directory)).toEqual([]);
  });

  it("every command finds the store of LASTGOOD_BACKUP_URL", async () => {
    const box = await sandbox();
    const run = (...args: readonly string[]): Promise<{ stderr: string; code: number | null }> => box.start(args, { LASTGOOD_BACKUP_URL: "file:backups" }).outcome;
    expect((await run("run", "--key", "k", "--ttl", "0", "--", "echo", "hello")).code).toBe(0);
    expect((await stat(box.path("backups"))).isDirectory()).toBe(true);
    for (const command of [["status"], ["peek", "k"], ["cull"], ["expire", "k"], ["delete", "k"]]) expect((await run(...command)).code).toBe(0);
    expect((await run("peek", "k")).stderr).toBe("lastgood: k: no backup\n");
  });
});

describe("where SQLite cannot be loaded", () => {
  const NOTICE = /^lastgood: SQLite cannot be loaded\. Install better-sqlite3 12 .* \(.+\)\. Until then (.*)\n/;

  const { NODE_OPTIONS } = process.env;
  beforeAll(() => {
    if (hasOwnSqlite) process.env["NODE_OPTIONS"] = "--no-experimental-sqlite";
  });
  afterAll(() => {
    if (NODE_OPTIONS === undefined) delete process.env["NODE_OPTIONS"];
    else process.env["NODE_OPTIONS"] = NODE_OPTIONS;
  });

  it("without SQLite everything is stored in files, and one line says so", async () => {
    const box = await sandbox();
    const main = await installWithoutSqlite(box);
    const first = await box.node(main, "run", "--key", "k", "--", "echo", "hello");
    expect(first.stderr.match(NOTICE)?.[1]).toBe(`answers are kept in files, the backups in ${box.path("state/lastgood/backups")}`);
    expect(first.stderr).toMatch(/\nlastgood: k: loaded now\n$/);
    expect(first.stderr.split("\n")).toHaveLength(3);
    expect((await box.node(main, "run", "--key", "k", "--", "false")).stderr).toMatch(/\nlastgood: k: cache, /);
    await box.node(main, "expire", "k");
    const fallback = await box.node(main, "run", "--quiet", "--key", "k", "--", "false");
    expect([String(fallback.stdout), fallback.code]).toEqual(["hello\n", 0]);
    expect(fallback.stderr).toMatch(/^lastgood: k: backup, .*, stands in for 2m 30s: command exited with 1\n$/);
    // Backups that began in files stay in use once SQLite can be loaded again.
    expect(String((await box.lastgood("peek", "k")).stdout)).toBe("hello\n");
  });

  it("without SQLite nothing is said if only files were asked for", async () => {
    const box = await sandbox();
    const main = await installWithoutSqlite(box);
    const places = ["--backup", "file:b", "--cache", "file:c"];
    expect((await box.node(main, "run", ...places, "--key", "k", "--", "echo", "hello")).stderr).toBe("lastgood: k: loaded now\n");
    expect((await box.node(main, "peek", "--backup", "file:b", "k")).stderr).toMatch(/^lastgood: k: backup, /);
  });

  it("without SQLite a backup in SQLite costs one line, and not the answer", async () => {
    const box = await sandbox();
    const main = await installWithoutSqlite(box);
    const { stdout, stderr, code } = await box.node(main, "run", "--backup", "sqlite:b.db", "--key", "k", "--", "echo", "hello");
    expect([String(stdout), code]).toEqual(["hello\n", 0]);
    expect(stderr.match(NOTICE)?.[1]).toBe(`nothing is kept in sqlite:${box.path("b.db")} (file:DIRECTORY works)`);
    expect(stderr.replace(NOTICE, "")).toBe("lastgood: k: loaded now\n");
    const peeked = await box.node(main, "peek", "--backup", "sqlite:b.db", "k");
    expect(peeked.stderr.replace(NOTICE, "")).toBe("");
    expect(peeked.code).toBe(125);
  });
});

describe("where the install script of better-sqlite3 was blocked", () => {
  it("the SQLite of the runtime keeps everything, and nothing is said of it; without one, a line says so", async () => {
    const box = await sandbox();
    const main = await installWithoutSqlite(box);
    const { stderr } = await box.node(main, "run", "--key", "k", "--", "echo", "hello");
    const lines = hasOwnSqlite ? /^lastgood: k: loaded now\n$/ : /^lastgood: SQLite cannot be loaded\. .*\nlastgood: k: loaded now\n$/;
    expect(stderr).toMatch(lines);
    const kept = await stat(box.path(`state/lastgood/backups${hasOwnSqlite ? ".db" : ""}`));
    expect(kept.isFile()).toBe(hasOwnSqlite);
    // The default build of this runtime reads the same file.
    expect(String((await box.lastgood("peek", "k")).stdout)).toBe("hello\n");
  });
});

/** Node has one from 22.13 on, as bun and Deno have. */
const hasOwnSqlite: boolean = process.versions["bun"] !== undefined || process.versions["deno"] !== undefined || Number.parseInt(process.versions.node, 10) >= 22;

/** Installs the command line where better-sqlite3 was installed without its install script. */
async function installWithoutSqlite(box: Sandbox): Promise<string> {
  const own = fileURLToPath(new URL("..", import.meta.url));
  const modules = box.path("install/node_modules");
  const copy = async (name: string, folder: string, parts: readonly string[]): Promise<void> => {
    for (const part of parts) await cp(join(folder, part), join(modules, name, part), { recursive: true });
  };
  const backup = installed("@lastgood/backup-sqlite", own);
  const sqlite = installed("better-sqlite3", backup);
  await copy("lastgood", own, ["dist", "package.json"]);
  await copy("@lastgood/backup-sqlite", backup, ["dist", "package.json"]);
  await copy("better-sqlite3", sqlite, ["lib", "package.json"]);
  for (const name of ["backup-fs", "cache-memory", "core", "http"]) await symlink(installed(`@lastgood/${name}`, own), join(modules, "@lastgood", name));
  await symlink(installed("re2js", own), join(modules, "re2js"));
  for (const name of ["bindings", "file-uri-to-path"]) await symlink(join(dirname(sqlite), name), join(modules, name)).catch(() => undefined);
  return join(modules, "lastgood/dist/main.js");
}

/** The folder of a package as it is installed for another: beside it in the workspace, further up in the matrix. */
function installed(name: string, from: string): string {
  const places = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  const place = places.map((folder) => join(folder, name)).find((folder) => existsSync(folder));
  if (place === undefined) throw new Error(`${name} is not installed for ${from}`);
  return realpathSync(place);
}

function asArguments(given: { readonly backup?: string; readonly cache?: string }): Parameters<typeof findPlaces>[0] {
  return { text: (name) => (name === "backup" || name === "cache" ? given[name] : undefined) };
}

function placesOf(given: { readonly backup?: string; readonly cache?: string }): Places {
  return findPlaces(asArguments(given), true);
}

function trying(work: () => unknown): string {
  try {
    work();
    return "it worked";
  } catch (error) {
    return String(error);
  }
}

function inEnvironment<T>(env: Readonly<Record<string, string | undefined>>, work: () => T): T {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  try {
    return work();
  } finally {
    process.env = before;
  }
}
