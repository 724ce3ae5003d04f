import { fsBackup } from "@lastgood/backup-fs";
import { Datastore } from "@lastgood/core";
import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { sqliteCache } from "../src/stores/sqlite-cache.ts";
import { type Sandbox, sandbox } from "./support/sandbox.ts";
import { body, serve } from "./support/server.ts";

const BACKUP = ["--backup", "file:backups"];

/** A program with the same backups, whose loader answers once and then fails. */
async function program<T>(box: Sandbox, key: string, value: T, error?: Error): Promise<void> {
  const datastore = new Datastore({ cache: sqliteCache(box.path("program.db")), backup: fsBackup(box.path("backups")) });
  await datastore.get(key, () => value);
  await datastore.expire(key);
  if (error !== undefined) await datastore.get<unknown>(key, () => Promise.reject(error));
  await datastore.close();
}

describe("status", () => {
  it("status prints nothing when all is well", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    const { stdout, stderr, code } = await box.lastgood("status", "--stale-exit", "75");
    expect([String(stdout), stderr, code]).toEqual(["", "", 0]);
  });

  it("status lists the keys served from their backup: for how long, how often, and why", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    for (const _ of [1, 2]) {
      await box.expire();
      await box.feed("exit 22");
    }
    const { stdout, code } = await box.lastgood("status");
    expect(String(stdout)).toMatch(/^KEY +FAILING FOR +FAILURES +BACKUP IS +LAST ERROR\nfeed +[\d.]+s +2 +[\d.]+s old +command exited with 22\n$/);
    expect(code).toBe(0);
  });

  it("status exits with --stale-exit if a key is served from its backup", async () => {
    const box = await sandbox();
    await box.keep("echo hello");
    await box.feed("exit 22");
    expect((await box.lastgood("status", "--stale-exit", "75")).code).toBe(75);
  });

  it("status leaves out a key whose source has answered again", async () => {
    const box = await sandbox();
    await box.keep("echo hello");
    await box.keep("exit 22");
    await box.feed("echo hello");
    expect(String((await box.lastgood("status")).stdout)).toBe("");
  });

  it("status lists the keys of a program with the same backups", async () => {
    const box = await sandbox();
    await program(box, "user 7", { name: "Ada" }, new Error("the database\nis down"));
    expect(String((await box.lastgood("status", ...BACKUP)).stdout)).toMatch(/\nuser 7 .* the database is down\n$/);
  });

  it("status exits with 125 if the backups cannot be read", async () => {
    const box = await sandbox();
    await box.write("taken", "a file where there should be a directory");
    const { stderr, code } = await box.lastgood("status", "--backup", "sqlite:taken/backups.db");
    expect(stderr).toMatch(/^lastgood: .+\n$/);
    expect(code).toBe(125);
  });
});

describe("the key of a command", () => {
  it("a key is found as it was given to fetch, and in the normalised form of the URL", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n"));
    const host = new URL(server.url).origin;
    expect((await box.lastgood("fetch", host)).code).toBe(0);
    for (const key of [host, `${host}/`, `${host}/#part`]) expect(String((await box.lastgood("peek", key)).stdout)).toBe("hello\n");
    expect((await box.lastgood("expire", host)).code).toBe(0);
    expect((await box.lastgood("delete", host)).code).toBe(0);
    expect((await box.lastgood("delete", host)).code).toBe(1);
  });

  it("a key that is stored as given is preferred to the normalised form of the URL", async () => {
    const box = await sandbox();
    await box.lastgood("run", "--key", "http://h", "--", "echo", "as given");
    await box.lastgood("run", "--key", "http://h/", "--", "echo", "normal");
    expect(String((await box.lastgood("peek", "http://h")).stdout)).toBe("as given\n");
    await box.lastgood("delete", "http://h");
    expect(String((await box.lastgood("peek", "http://h/")).stdout)).toBe("normal\n");
  });

  it("a key may begin with -, written as --key=-x or after --", async () => {
    const box = await sandbox();
    await box.lastgood("run", "--key=-x", "--", "echo", "hello");
    expect(String((await box.lastgood("peek", "--", "-x")).stdout)).toBe("hello\n");
    expect((await box.lastgood("expire", "--key=-x")).code).toBe(0);
    expect((await box.lastgood("delete", "--key=-x")).code).toBe(0);
    expect((await box.lastgood("peek", "--", "--help")).stderr).toBe("lastgood: --help: no backup\n");
  });

  it("a key may be in a namespace of a program, or in a nested one", async () => {
    const box = await sandbox();
    const datastore = new Datastore({ cache: sqliteCache(box.path("program.db")), backup: fsBackup(box.path("backups")) });
    await datastore.namespace("feeds").set("hn", "of the outer one");
    await datastore.namespace("feeds").namespace("old").set("hn", "of the inner one");
    await datastore.close();
    const own = [...BACKUP, "--cache", "program.db", "--namespace", "feeds"];
    expect(String((await box.lastgood("peek", ...own, "hn")).stdout)).toBe("'of the outer one'\n");
    expect((await box.lastgood("peek", ...own, "--namespace", "old", "hn")).stderr).toMatch(/^lastgood: feeds\/old\/hn: backup, /);
    expect((await box.lastgood("peek", ...BACKUP, "hn")).code).toBe(1);
    expect((await box.lastgood("run", ...own, "--key", "x", "--", "echo", "hello")).stderr).toBe("lastgood: feeds/x: loaded now\n");
    expect((await box.lastgood("expire", ...own, "hn")).code).toBe(0);
    expect((await box.lastgood("delete", ...own, "hn")).code).toBe(0);
    expect((await box.lastgood("delete", ...own, "hn")).code).toBe(1);
  });
});

describe("peek", () => {
  it("peek prints the backup without asking the source, and says how old it is", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    const { stdout, stderr, code } = await box.lastgood("peek", "feed");
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toMatch(/^lastgood: feed: backup, [\d.]+s old\n$/);
    expect(code).toBe(0);
  });

  it("peek exits with 1 if there is no backup", async () => {
    const box = await sandbox();
    await box.lastgood("run", "--key", "other", "--", "echo", "hello");
    const { stdout, stderr, code } = await box.lastgood("peek", "feed");
    expect([String(stdout), stderr, code]).toEqual(["", "lastgood: feed: no backup\n", 1]);
  });

  it("peek shows the value that a program has stored", async () => {
    const box = await sandbox();
    await program(box, "user 7", { name: "Ada", since: new Date(0), nested: { deeply: { in: { it: [1n] } } } });
    const { stdout } = await box.lastgood("peek", ...BACKUP, "user 7");
    expect(String(stdout)).toMatch(/name: 'Ada'/);
    expect(String(stdout)).toMatch(/since: 1970-01-01T00:00:00\.000Z/);
    expect(String(stdout)).toMatch(/it: \[ 1n \]/);
  });
});

describe("expire", () => {
  it("expire makes the next run ask the source, and keeps the backup", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    const { stdout, stderr, code } = await box.lastgood("expire", "feed");
    expect([String(stdout), stderr, code]).toEqual(["", "", 0]);
    expect((await box.lastgood("peek", "feed")).code).toBe(0);
    expect(String((await box.feed("echo newer")).stdout)).toBe("newer\n");
  });
});

describe("delete", () => {
  it("delete removes the cached answer and the backup", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    const { stdout, stderr, code } = await box.lastgood("delete", "feed");
    expect([String(stdout), stderr, code]).toEqual(["", "", 0]);
    expect((await box.lastgood("peek", "feed")).code).toBe(1);
    expect((await box.feed("exit 22")).code).toBe(22);
  });

  it("delete and expire exit with 1 and say so if nothing is stored under the key", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    for (const command of ["delete", "expire"]) {
      const { stdout, stderr, code } = await box.lastgood(command, "typo");
      expect([String(stdout), stderr, code]).toEqual(["", "lastgood: typo: nothing is kept under this key\n", 1]);
    }
  });

  it("delete removes a cached answer without a backup, and a backup that cannot be read", async () => {
    const box = await sandbox();
    await box.write("taken", "a file where there should be a directory");
    await box.feed("echo hello", "--cache", "c.db", "--backup", "file:taken/backups");
    await box.lastgood("run", "--key", "other", "--backup", "file:backups", "--", "echo", "hello");
    expect((await box.lastgood("delete", "--cache", "c.db", "--backup", "file:backups", "feed")).code).toBe(0);
    for (const name of await readdir(box.path("backups"), { recursive: true })) {
      if (/~\d{16}~\d{16}$/.test(name)) await box.write(`backups/${name}`, "damaged");
    }
    expect((await box.lastgood("delete", "--cache", "d.db", "--backup", "file:backups", "other")).code).toBe(0);
  });

  it("delete removes a single key, whatever characters are in it", async () => {
    const box = await sandbox();
    const [key, other] = ["../a b/ü*", "../a b/ü?"];
    await box.lastgood("run", "--key", key, "--", "echo", "hello");
    await box.lastgood("run", "--key", other, "--", "echo", "other");
    await box.lastgood("delete", key);
    expect((await box.lastgood("peek", key)).code).toBe(1);
    expect(String((await box.lastgood("peek", other)).stdout)).toBe("other\n");
  });
});

describe("cull", () => {
  it("cull deletes nothing that was used within --cull-time", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    const { stdout, stderr, code } = await box.lastgood("cull");
    expect([String(stdout), stderr, code]).toEqual(["examined 1, deleted 0, failed 0\n", "", 0]);
  });

  it("cull deletes no more than half of the backups without --force", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    const careful = await box.lastgood("cull", "--cull-time", "1ms");
    expect(String(careful.stdout)).toBe("examined 1, deleted 0, failed 0\n");
    expect(careful.stderr).toMatch(/^lastgood: nothing was deleted: .* --force deletes them\n$/);
    expect(careful.code).toBe(1);
    const forced = await box.lastgood("cull", "--cull-time", "1ms", "--force");
    expect([String(forced.stdout), forced.code]).toEqual(["examined 1, deleted 1, failed 0\n", 0]);
    expect((await box.lastgood("peek", "feed")).code).toBe(1);
  });
});
