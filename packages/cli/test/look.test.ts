import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encryptedCodec, jsonCodec } from "@lastgood/core";
import { describe, expect, it } from "vitest";
import { type Outcome, type Sandbox, sandbox } from "./support/sandbox.ts";
import { Clock, database, ON_DISK, onDisk, program } from "./support/stores.ts";

const DAY = 86_400_000;

function textOf({ stdout }: Outcome): string {
  return String(stdout);
}

function jsonOf(outcome: Outcome): readonly Readonly<Record<string, unknown>>[] {
  return JSON.parse(textOf(outcome));
}

/** A store with two records of "user 7", one of "feeds/hn" in a namespace, and a key that was deleted. */
async function filled(box: Sandbox, kind: (typeof ON_DISK)[number]): Promise<string> {
  const { place, open } = onDisk(box, kind);
  const clock = new Clock(2 * DAY);
  await program(
    open(),
    async (datastore) => {
      await datastore.get("user 7", ({ setMeta }) => (setMeta({ etag: "one" }), { name: "Ada" }));
      await datastore.namespace("feeds").set("hn", Buffer.from('{"items":[1,2]}'));
      await datastore.set("gone", 1);
      await datastore.delete("gone");
      clock.advance(DAY);
      await datastore.get("user 7", ({ setMeta }) => (setMeta({ etag: "two" }), { name: "Ada Lovelace", since: new Date(0) }), { refresh: true });
    },
    { clock },
  );
  return place;
}

describe.each(ON_DISK)("what is in a store of %s", (kind) => {
  it(`ls lists the keys of a ${kind} store with their age, sorted, and leaves out what was deleted`, async () => {
    const box = await sandbox();
    const outcome = await box.lastgood("ls", "--backup", await filled(box, kind));
    expect(textOf(outcome)).toMatch(/^ +AGE +UNUSED +SIZE +KEY\n +2d +2d +\d+ +feeds\/hn\n +1d +1d +\d+ +user 7\n$/);
    expect([outcome.stderr, outcome.code]).toEqual(["", 0]);
  });

  it(`ls lists the keys of a ${kind} store that begin with PREFIX, as they are shown or within --namespace`, async () => {
    const box = await sandbox();
    const place = await filled(box, kind);
    for (const args of [["feeds/"], ["feeds/h"], ["--namespace", "feeds"], ["--namespace", "feeds", "h"]]) {
      const listed = jsonOf(await box.lastgood("ls", "--json", "--backup", place, ...args));
      expect(listed).toMatchObject([{ key: "feeds\0hn", ref: "feeds\0hn", loadedAt: expect.any(Number), usedAt: expect.any(Number), store: place }]);
    }
    expect(textOf(await box.lastgood("ls", "--json", "--backup", place, "nothing"))).toBe("[]\n");
    expect(textOf(await box.lastgood("ls", "--backup", place, "nothing"))).toBe("");
  });

  it(`show tells every record of a key of a ${kind} store: times, size, codec, metadata, and the value`, async () => {
    const box = await sandbox();
    const place = await filled(box, kind);
    const outcome = await box.lastgood("show", "--backup", place, "user 7");
    expect(textOf(outcome)).toMatch(/^key +user 7\nid +user-7-\w+\nstore +\S+\nused +\S+ \S+Z, 1d ago\nmetadata +etag: two\n\n +LOADED +AGE +SIZE +CODEC\n1 .* 1d +\d+ +v8 +last good\n2 .* 2d +\d+ +v8\n\nvalue:\n/);
    expect(textOf(outcome)).toContain("{ name: 'Ada Lovelace', since: 1970-01-01T00:00:00.000Z }\n");
    expect([outcome.stderr, outcome.code]).toEqual(["", 0]);
    const older = await box.lastgood("show", "--backup", place, "--generation", "2", "user 7");
    expect(textOf(older)).toContain("metadata  etag: one\n");
    expect(textOf(older)).toContain("value of generation 2:\n{ name: 'Ada' }\n");
  });

  it(`show finds a key of a ${kind} store as ls shows it, and prints JSON with indentation`, async () => {
    const box = await sandbox();
    const place = await filled(box, kind);
    expect(textOf(await box.lastgood("show", "--backup", place, "feeds/hn"))).toContain('value:\n{\n  "items": [\n    1,\n    2\n  ]\n}\n');
    expect((await box.lastgood("show", "--backup", place, "--namespace", "feeds", "hn")).code).toBe(0);
    const told = JSON.parse(textOf(await box.lastgood("show", "--json", "--backup", place, "user 7")));
    expect(told).toMatchObject({ key: "user 7", store: place, shown: 1, generations: [{ generation: 1, codec: "v8", metadata: { etag: "two" }, deleted: false, problem: null }, { generation: 2 }] });
    expect(told.value.javascript).toContain("Ada Lovelace");
  });

  it(`show says of a key of a ${kind} store that it was deleted or is not there, and exits with 1`, async () => {
    const box = await sandbox();
    const place = await filled(box, kind);
    const deleted = await box.lastgood("show", "--backup", place, "gone");
    expect(textOf(deleted)).toMatch(/ deleted\n\nvalue:\n\(the key was deleted\)\n$/);
    expect(deleted.code).toBe(1);
    const missing = await box.lastgood("show", "--backup", place, "nope");
    expect([textOf(missing), missing.stderr, missing.code]).toEqual(["", "lastgood: nope: nothing is kept under this key\n", 1]);
    expect((await box.lastgood("show", "--backup", place, "--generation", "3", "user 7")).stderr).toMatch(/--generation is 3, and the key has 2/);
  });

  it(`restore makes the older record of a ${kind} store the last good one, as old as it is, and can be undone`, async () => {
    const box = await sandbox();
    const place = await filled(box, kind);
    const outcome = await box.lastgood("restore", "--backup", place, "user 7");
    expect([textOf(outcome), outcome.stderr, outcome.code]).toEqual(["user 7: generation 2, 2d old, is the last good one again\n", "", 0]);
    await program(onDisk(box, kind).open(), async (datastore) => {
      const backup = await datastore.peekBackup("user 7");
      expect(backup).toMatchObject({ value: { name: "Ada" }, metadata: { etag: "one" } });
      expect(backup?.age).toBeGreaterThan(1.9 * DAY);
    });
    expect(JSON.parse(textOf(await box.lastgood("restore", "--json", "--backup", place, "user 7")))).toMatchObject({ key: "user 7", generation: 2 });
    expect(textOf(await box.lastgood("peek", "--backup", place, "user 7"))).toContain("Ada Lovelace");
  });

  it(`restore of a record that a ${kind} store does not have, or that says deleted, changes nothing and exits with 1`, async () => {
    const box = await sandbox();
    const place = await filled(box, kind);
    const wrong = [
      [["nope"], "nope: nothing is kept under this key"],
      [["--generation", "3", "user 7"], "user 7: there is no generation 3: 2 records are kept"],
      [["--generation", "1", "gone"], "gone: generation 1 cannot be restored: it says that the key was deleted"],
    ] as const;
    for (const [args, message] of wrong) {
      const { stdout, stderr, code } = await box.lastgood("restore", "--backup", place, ...args);
      expect([String(stdout), stderr, code]).toEqual(["", `lastgood: ${message}\n`, 1]);
    }
  });

  it(`cull --dry-run lists what a cull of a ${kind} store would delete, and deletes nothing`, async () => {
    const box = await sandbox();
    const place = await filled(box, kind);
    const outcome = await box.lastgood("cull", "--dry-run", "--backup", place, "--cull-time", "30h");
    expect(textOf(outcome)).toMatch(/^unused for 2d +\d+ +feeds\/hn\n|unused for \d+d.* gone\nexamined 3, would delete 2\n$/m);
    expect(outcome.stderr).toContain("more than half of the backups");
    expect(jsonOf(await box.lastgood("cull", "--dry-run", "--json", "--backup", place, "--cull-time", "30h")).map(({ key }) => key).sort()).toEqual(["feeds\0hn", "gone"]);
    expect(jsonOf(await box.lastgood("ls", "--json", "--backup", place))).toHaveLength(2);
    const real = await box.lastgood("cull", "--force", "--backup", place, "--cull-time", "30h");
    expect(textOf(real)).toBe("examined 3, deleted 2, failed 0\n");
  });

  it(`verify reads every record of a ${kind} store and says that all is well`, async () => {
    const box = await sandbox();
    const outcome = await box.lastgood("verify", "--backup", await filled(box, kind));
    expect([textOf(outcome), outcome.stderr, outcome.code]).toEqual(["verified 4 records of 3 keys: all is as it was written\n", "", 0]);
  });
});

it("values of a codec that needs no key are shown, and records that are encrypted are told of and can be restored", async () => {
  const box = await sandbox();
  const { place, open } = onDisk(box, "file");
  const codec = encryptedCodec({ keys: [{ id: "k1", secret: Buffer.alloc(32, 1) }] });
  await program(open(), (datastore) => datastore.set("plain", { a: [1] }), { codec: jsonCodec });
  await program(open(), async (datastore) => (await datastore.set("secret", "older"), await datastore.set("secret", "newer")), { codec });
  expect(JSON.parse(textOf(await box.lastgood("show", "--json", "--backup", place, "plain")))).toMatchObject({ value: { json: { a: [1] } } });
  const shown = await box.lastgood("show", "--backup", place, "secret");
  expect(textOf(shown)).toMatch(/\(only a program with the codec v8\+aes256gcm can read it\)\n$/);
  expect((await box.lastgood("restore", "--backup", place, "secret")).code).toBe(0);
  await program(open(), async (datastore) => expect(await datastore.peekBackup("secret")).toMatchObject({ value: "older" }), { codec });
  expect((await box.lastgood("verify", "--backup", place)).code).toBe(0);
});

it("bytes that are no text are shown as a dump, and control characters by name", async () => {
  const box = await sandbox();
  const { place, open } = onDisk(box, "file");
  await program(open(), async (datastore) => {
    await datastore.set("bytes", new Uint8Array([0, 255, 65]));
    await datastore.set("text", Buffer.from("a\u001B[31mred\u202E\n"));
    await datastore.set("a\u001B]0;title\u0007\u202Eb", 1);
  });
  expect(textOf(await box.lastgood("show", "--backup", place, "bytes"))).toContain("00000000  00 ff 41 ");
  expect(textOf(await box.lastgood("show", "--backup", place, "text"))).toContain("value:\na\\u001b[31mred\\u202e\n");
  expect(textOf(await box.lastgood("ls", "--backup", place))).not.toMatch(/[^\P{Cc}\n]|\u202E/u);
});

it("restore expires the cached answer of the command line", async () => {
  const box = await sandbox();
  await box.keep("echo older");
  await box.keep("echo newer");
  await box.feed("echo newest", "--ttl", "1h");
  expect((await box.lastgood("restore", "feed")).code).toBe(0);
  expect(textOf(await box.feed("exit 22"))).toBe("newer\n");
});

it("status --json has the errors with their causes, and an empty list when all is well", async () => {
  const box = await sandbox();
  const { place, open } = onDisk(box, "file");
  await program(open(), (datastore) => datastore.set("user 7", 1));
  expect(textOf(await box.lastgood("status", "--json", "--backup", place))).toBe("[]\n");
  const failure = new Error("down", { cause: new Error("ECONNREFUSED") });
  await program(open(), (datastore) => datastore.get("user 7", () => Promise.reject(failure)));
  const told = jsonOf(await box.lastgood("status", "--json", "--backup", place, "--stale-exit", "75"));
  expect(told).toMatchObject([{ key: "user 7", failures: 1, error: { message: "down", cause: { message: "ECONNREFUSED" } } }]);
});

describe("verify of what is damaged", () => {
  it("verify finds every one of a thousand flipped bits in files", { timeout: 300_000 }, async () => {
    const box = await sandbox();
    const { place, open } = onDisk(box, "file");
    await program(open(), async (datastore) => {
      for (let index = 0; index < 1_000; index++) await datastore.set(`key ${index}`, `value ${index}`);
    });
    const files = (await readdir(box.path("store"), { recursive: true })).filter((name) => /~\d{16}~\d{16}$/.test(name));
    expect(files).toHaveLength(1_000);
    for (const [index, name] of files.entries()) await flip(join(box.path("store"), name), index);
    const outcome = await box.lastgood("verify", "--json", "--backup", place);
    expect(jsonOf(outcome)).toHaveLength(1_000);
    expect(outcome.stderr).toBe("lastgood: verified 1,000 records of 1,000 keys: found 1,000 bad\n");
    expect(outcome.code).toBe(1);
  });

  it("verify finds flipped bits in records of SQLite, a list that is wrong, and a damaged file", async () => {
    const box = await sandbox();
    const { place, open } = onDisk(box, "sqlite");
    await program(open(), async (datastore) => {
      for (let index = 0; index < 50; index++) await datastore.set(`key ${index}`, `value ${index}`);
    });
    const opened = database(box.path("store"));
    const rows = opened.prepare<[], { number: number; bytes: Uint8Array }>("SELECT number, bytes FROM payloads").all();
    for (const [index, { number, bytes }] of rows.entries()) {
      bytes[(index * 7) % bytes.length] = (bytes[(index * 7) % bytes.length] ?? 0) ^ (1 << (index % 8));
      opened.prepare<[Uint8Array, number], unknown>("UPDATE payloads SET bytes = ? WHERE number = ?").run(bytes, number);
    }
    const outcome = await box.lastgood("verify", "--json", "--backup", place);
    expect(jsonOf(outcome)).toHaveLength(50);
    opened.prepare<[number], unknown>("DELETE FROM records WHERE payload = ?").run(rows[0]?.number ?? 0);
    opened.prepare<[number], unknown>("DELETE FROM payloads WHERE number = ?").run(rows[1]?.number ?? 0);
    opened.prepare<[number], unknown>("UPDATE payloads SET bytes = x'00' WHERE number = ?").run(rows[2]?.number ?? 0);
    opened.close();
    const text = textOf(await box.lastgood("verify", "--backup", place));
    expect(text).toContain(": 1 record that the list of keys does not name\n");
    expect(text).toContain(": 2 records in the list of keys whose bytes are gone or cut\n");
  });

  it("verify tells of a record of another key, of a newer format, and of one that is cut short", async () => {
    const box = await sandbox();
    const { place, open } = onDisk(box, "file");
    await program(open(), async (datastore) => {
      for (const key of ["cut", "newer", "other"]) await datastore.set(key, key);
    });
    const names = await readdir(box.path("store"), { recursive: true });
    const fileOf = (key: string): string => join(box.path("store"), names.find((name) => name.includes(`/${key}-`)) ?? "");
    const cut = await readFile(fileOf("cut"));
    await writeFile(fileOf("cut"), cut.subarray(0, -1));
    await writeFile(fileOf("other"), cut);
    await flipByte(fileOf("newer"), 3, 2);
    const outcome = await box.lastgood("verify", "--backup", place);
    const lines = textOf(outcome).split("\n").sort();
    expect(lines.filter((line) => line.startsWith("id "))).toEqual([
      expect.stringMatching(/^id cut-\w+: generation 1: damaged$/),
      expect.stringMatching(/^id newer-\w+: generation 1: newer format$/),
      expect.stringMatching(/^id other-\w+: generation 1: record of another key$/),
    ]);
    expect(outcome.code).toBe(1);
  });
});

it("ls tells of a key whose newest record is damaged, and exits with 1", async () => {
  const box = await sandbox();
  const place = await filled(box, "file");
  const files = (await readdir(box.path("store"), { recursive: true })).filter((name) => /\/user-7-.*~\d{16}~\d{16}$/.test(name)).sort();
  await flip(join(box.path("store"), files.at(-1) ?? ""), 60);
  const outcome = await box.lastgood("ls", "--backup", place, "user");
  expect(textOf(outcome)).toMatch(/user 7 {2}\(damaged\)\n$/);
  expect(outcome.stderr).toBe("lastgood: of 1 key the newest record cannot be read; see lastgood verify\n");
  expect(outcome.code).toBe(1);
  expect(textOf(await box.lastgood("show", "--backup", place, "user 7"))).toMatch(/\n1 .* damaged\n2 .* last good\n\nvalue of|value:\n/);
});

it("a list of several places shows each store under its name", async () => {
  const box = await sandbox();
  const one = await filled(box, "file");
  const two = onDisk(box, "sqlite", "two");
  await program(two.open(), (datastore) => datastore.set("second", 2));
  const env = { LASTGOOD_BACKUP_URL: `${one},${two.place}` };
  const { stdout } = await box.start(["ls"], env).outcome;
  expect(String(stdout)).toMatch(/^file:\S+\n.*KEY\n.*\n.*user 7\nsqlite:\S+\n.*KEY\n.*second\n$/);
  expect(String((await box.start(["verify"], env).outcome).stdout)).toBe("verified 5 records of 4 keys: all is as it was written\n");
  expect(String((await box.start(["peek", "second"], env).outcome).stdout)).toBe("2\n");
});

/** Flips a bit, another one for each number. */
async function flip(file: string, number: number): Promise<void> {
  const { length } = await readFile(file);
  await flipByte(file, number % length, 1 << (number % 8));
}

async function flipByte(file: string, at: number, mask: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  await writeFile(file, bytes);
}
