import { mkdir, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { UsageError } from "../src/arguments/usage-error.ts";
import { durableCache } from "../src/stores/durable-cache.ts";
import { findPlaces } from "../src/stores/places.ts";
import { sandbox } from "./support/sandbox.ts";

const BYTES = new Uint8Array([1, 2, 3]);
const MINUTE = 60_000;

describe("the cache file", () => {
  it("still has what it was given when it is opened again", async () => {
    const file = (await sandbox()).path("cache/cache.db");
    const cache = durableCache(file);
    await cache.set("id", BYTES, MINUTE);
    await cache.close?.();
    const again = durableCache(file);
    expect(new Uint8Array((await again.get("id")) ?? [])).toEqual(BYTES);
    await again.close?.();
  });

  it("forgets what has expired whenever something is set, so that it does not grow for ever", async () => {
    const file = (await sandbox()).path("cache.db");
    const cache = durableCache(file);
    onTestFinished(() => cache.close?.());
    await cache.set("other", BYTES, MINUTE);
    const empty = (await stat(file)).size;
    const large = new Uint8Array(1_000_000);
    for (let round = 0; round < 5; round++) await cache.set(`id-${round}`, large, 0.001);
    expect((await stat(file)).size).toBeLessThan(empty + 3 * large.length);
  });

  it("can be read by its owner alone, and so can its directory", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    for (const place of ["cache/lastgood", "state/lastgood"]) expect((await stat(box.path(place))).mode & 0o777).toBe(0o700);
    for (const file of ["cache/lastgood/cache.db", "state/lastgood/backups.db"]) {
      expect((await stat(box.path(file))).mode & 0o777).toBe(0o600);
    }
  });
});

describe("a store that fails", () => {
  it("does not keep the answer from being given, nor the backup from standing in, if it is the cache", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    await box.write("cache/lastgood/cache.db", "this is no database, and long enough to be looked at ".repeat(100));
    const loaded = await box.feed("echo newer");
    expect(String(loaded.stdout)).toBe("newer\n");
    expect(loaded.stderr).toMatch(/^lastgood: feed: cache file failed at get: file is not a database/);
    expect(loaded.code).toBe(0);
    expect(String((await box.feed("exit 1")).stdout)).toBe("newer\n");
  });

  it.each(["file:taken/backups", "sqlite:taken/backups.db"])("does not keep the answer from being given if it is the backup (%s)", async (backup) => {
    const box = await sandbox();
    await box.write("taken", "a file where there should be a directory");
    const { stdout, stderr, code } = await box.feed("echo hello", "--backup", backup);
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toMatch(/^lastgood: feed: .* failed at write: .*\n/);
    expect(code).toBe(0);
  });

  it("leaves the failure of the command to be seen if it is the backup", async () => {
    const box = await sandbox();
    await box.write("taken", "a file where there should be a directory");
    const { stderr, code } = await box.feed("echo oops >&2; exit 22", "--backup", "file:taken/backups");
    expect(stderr).toContain("oops\n");
    expect(stderr).toContain("lastgood: feed: no backup to stand in: command exited with 22\n");
    expect(code).toBe(22);
  });
});

describe("places", () => {
  it.each(["file:backups", "sqlite:backups.db"])("keeps backups where --backup says (%s)", async (backup) => {
    const box = await sandbox();
    await box.feed("echo hello", "--backup", backup);
    await rm(box.path("cache"), { recursive: true });
    expect(String((await box.feed("exit 1", "--backup", backup)).stdout)).toBe("hello\n");
    await expect(stat(box.path("state"))).rejects.toThrow("ENOENT");
  });

  it("keeps the cache where --cache says", async () => {
    const box = await sandbox();
    await mkdir(box.path("place"));
    await box.feed("echo hello", "--cache", "place/my.db");
    expect((await stat(box.path("place/my.db"))).size).toBeGreaterThan(0);
    await expect(stat(box.path("cache"))).rejects.toThrow("ENOENT");
  });

  it("has a cache for each backup, so that each gets a backup of its own", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    expect((await box.feed("echo hello", "--backup", "file:backups")).stderr).toContain("loaded now");
  });

  it("are in the home directory where the environment names no others, or none that are absolute", () => {
    const places = { cacheFile: join(homedir(), ".cache/lastgood/cache.db"), backup: { kind: "sqlite", path: join(homedir(), ".local/state/lastgood/backups.db") } };
    for (const value of [undefined, "", "relative"]) {
      expect(inEnvironment({ XDG_CACHE_HOME: value, XDG_STATE_HOME: value }, () => findPlaces({}))).toEqual(places);
    }
  });

  it("do not depend on the directory that a later run is in", () => {
    expect(findPlaces({ backup: "file:a", cache: "b" })).toEqual({ cacheFile: join(process.cwd(), "b"), backup: { kind: "file", path: join(process.cwd(), "a") } });
  });

  it.each(["", "backups", "file:", "sqlite:", "s3:bucket", "sqlite: backups.db", "sqlite:backups.db "])("cannot be %j", (backup) => {
    expect(() => findPlaces({ backup })).toThrow(UsageError);
  });
});

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
