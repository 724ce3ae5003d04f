import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { fsBackup, seedBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import type { BackupAdapter } from "@lastgood/core";
import { describe, expect, it } from "vitest";
import { type Sandbox, sandbox } from "./support/sandbox.ts";
import { Clock, contentsOf, onDisk, program } from "./support/stores.ts";

const DAY = 86_400_000;

/** Writes keys with two records each, an outage, and a tombstone. */
async function fill(backup: BackupAdapter, keys: number): Promise<void> {
  const clock = new Clock(9 * DAY);
  await program(
    backup,
    async (datastore) => {
      for (const round of ["older", "newer"]) {
        await Promise.all(Array.from({ length: keys }, (_, index) => datastore.set(`key ${index}`, `${round} ${index}`)));
        clock.advance(DAY);
      }
      await datastore.get("fails", () => 1);
      await datastore.get("fails", () => Promise.reject(new Error("down")), { refresh: true });
      await datastore.set("gone", "was deleted");
      await datastore.delete("gone");
    },
    { clock },
  );
}

async function inStore<T>(backup: BackupAdapter, work: (backup: BackupAdapter) => Promise<T>): Promise<T> {
  try {
    return await work(backup);
  } finally {
    await backup.close?.();
  }
}

function contents(backup: BackupAdapter): ReturnType<typeof contentsOf> {
  return inStore(backup, contentsOf);
}

describe.each([
  ["file", "sqlite"],
  ["sqlite", "file"],
] as const)("from %s to %s", (fromKind, toKind) => {
  it(`copy carries all records with their stamps, uses, outages and deletions from ${fromKind} to ${toKind}, and a second run finds them there`, async () => {
    const box = await sandbox();
    const [from, to] = [onDisk(box, fromKind, "from"), onDisk(box, toKind, "to")];
    await fill(from.open(), 20);
    const first = await box.lastgood("copy", from.place, to.place);
    expect(String(first.stdout)).toMatch(/^copied 23 keys, 43 records of [\d.]+K\n$/);
    expect([first.stderr, first.code]).toEqual(["", 0]);
    const expected = await contents(from.open());
    expect(await contents(to.open())).toEqual(expected);
    expect(String((await box.lastgood("copy", from.place, to.place)).stdout)).toBe("copied 0 keys, already there: 23\n");
    expect(await contents(to.open())).toEqual(expected);
    await program(to.open(), async (datastore) => {
      expect(await datastore.peekBackup("gone")).toBeUndefined();
      for await (const { key } of datastore.outages()) expect(key).toBe("fails");
    });
  });
});

it("copy never hides or replaces what is newer at TO, and fills in what is older there", async () => {
  const box = await sandbox();
  const [from, to] = [onDisk(box, "file", "from"), onDisk(box, "file", "to")];
  await fill(from.open(), 3);
  await box.lastgood("copy", from.place, to.place);
  await program(from.open(), (datastore) => datastore.set("key 1", "newest of all"));
  await program(to.open(), async (datastore) => (await datastore.set("key 0", "of TO"), await datastore.delete("key 2")));
  const { stdout, code } = await box.lastgood("copy", "--json", from.place, to.place);
  expect(JSON.parse(String(stdout))).toMatchObject({ copied: 1, records: 1, present: 3, newer: 2, leftBehind: 0 });
  expect(code).toBe(0);
  await program(to.open(), async (datastore) => {
    expect(await datastore.peekBackup("key 0")).toMatchObject({ value: "of TO" });
    expect(await datastore.peekBackup("key 1")).toMatchObject({ value: "newest of all" });
    expect(await datastore.peekBackup("key 2")).toBeUndefined();
  });
});

it("copy carries a deletion to a store that has the value, and leaves nothing of it there", async () => {
  const box = await sandbox();
  const [from, to] = [onDisk(box, "file", "from"), onDisk(box, "sqlite", "to")];
  await fill(from.open(), 2);
  await box.lastgood("copy", from.place, to.place);
  await program(from.open(), (datastore) => datastore.delete("key 1"));
  expect((await box.lastgood("copy", from.place, to.place)).code).toBe(0);
  await program(to.open(), async (datastore) => expect(await datastore.peekBackup("key 1")).toBeUndefined());
  const left = await contents(to.open());
  expect([...left].find(([id]) => id.startsWith("key-1-"))?.[1].records).toHaveLength(1);
});

it("copy leaves a damaged record behind, says so, copies the one before it, and exits with 1", async () => {
  const box = await sandbox();
  const [from, to] = [onDisk(box, "file", "from"), onDisk(box, "file", "to")];
  await fill(from.open(), 3);
  const names = (await readdir(box.path("from"), { recursive: true })).filter((name) => /\/key-1-.*~\d{16}~\d{16}$/.test(name)).sort();
  await writeFile(box.path(`from/${names.at(-1)}`), "damaged");
  const { stdout, stderr, code } = await box.lastgood("copy", from.place, to.place);
  expect(stderr).toBe("lastgood: key 1: generation 1: left behind: not a lastgood record\n");
  expect(String(stdout)).toMatch(/^copied 6 keys, .*, left behind: 1 record\n$/);
  expect(code).toBe(1);
  await program(to.open(), async (datastore) => expect(await datastore.peekBackup("key 1")).toMatchObject({ value: "older 1" }));
});

it("copy leaves behind the one record that is too large for TO, and stops where TO takes nothing", async () => {
  const box = await sandbox();
  const from = onDisk(box, "sqlite", "from");
  await program(from.open(), async (datastore) => {
    await datastore.set("a large one", "x".repeat(5_000));
    for (const key of ["b", "c", "d", "e", "f"]) await datastore.set(key, key);
  });
  const small = await box.lastgood("copy", from.place, `file:${box.path("to")}?maxBytes=1000`);
  expect(small.stderr).toMatch(/^lastgood: a large one: left behind: file:\S+: fsBackup: the record must be at most maxBytes \(1000\) long; got \d+ bytes\n$/);
  expect(String(small.stdout)).toMatch(/^copied 5 keys, .*, left behind: 1 record\n$/);
  expect(small.code).toBe(1);
  const none = await box.lastgood("copy", from.place, `file:${box.path("none")}?maxBytes=1`);
  expect(none.stderr).toMatch(/^lastgood: file:[^\n]+ maxBytes \(1\) long; got \d+ bytes\n$/);
  expect([String(none.stdout), none.code]).toEqual(["", 125]);
});

it("copy that is killed again and again goes on until all is there: nothing lost, nothing older over newer", { timeout: 300_000 }, async () => {
  const box = await sandbox();
  const [from, to] = [onDisk(box, "sqlite", "from"), onDisk(box, "file", "to")];
  await fill(from.open(), 2_000);
  await program(to.open(), async (datastore) => (await datastore.set("key 5", "newer there"), await datastore.delete("key 6")));
  let kills = 0;
  for (let after = 600; ; after *= 1.3) {
    const run = box.start(["copy", from.place, to.place]);
    const timer = setTimeout(() => run.kill("SIGKILL"), after);
    const { signal, code } = await run.outcome;
    clearTimeout(timer);
    if (signal === null) {
      expect(code).toBe(0);
      break;
    }
    kills++;
  }
  expect(kills).toBeGreaterThan(0);
  const [expected, found] = [await contents(from.open()), await contents(to.open())];
  for (const [id, record] of expected) if (!/^key-[56]-/.test(id)) expect(found.get(id)).toEqual(record);
  await program(to.open(), async (datastore) => {
    expect(await datastore.peekBackup("key 5")).toMatchObject({ value: "newer there" });
    expect(await datastore.peekBackup("key 6")).toBeUndefined();
  });
});

describe("a seed", () => {
  it.each(["seed:seed", "seed"])("copy to %s makes what seedBackup reads", async (to) => {
    const box = await sandbox();
    const from = onDisk(box, "sqlite", "from");
    await fill(from.open(), 5);
    expect((await box.lastgood("copy", from.place, to)).code).toBe(0);
    await program(seedBackup(box.path("seed")), async (datastore) => {
      expect(await datastore.get("key 3", () => Promise.reject(new Error("down")))).toBe("newer 3");
      expect(await datastore.peekBackup("gone")).toBeUndefined();
    });
  });

  it("a seed can be read by other users, has no outages and no leftovers, and ls looks into it", async () => {
    const box = await sandbox();
    const from = onDisk(box, "file", "from");
    await fill(from.open(), 5);
    await mkdir(box.path("seed/a"), { recursive: true });
    await writeFile(box.path("seed/a/tmp-00000000-0000-4000-8000-000000000000"), "of a run that was killed");
    expect((await box.lastgood("copy", from.place, "seed:seed")).code).toBe(0);
    const names = await readdir(box.path("seed"), { recursive: true });
    expect(names.filter((name) => /tmp-|\/o_/.test(name))).toEqual([]);
    for (const name of names) expect((await stat(box.path(`seed/${name}`))).mode & 0o044).toBe(0o044);
    expect(JSON.parse(String((await box.lastgood("ls", "--json", "--backup", "seed:seed")).stdout))).toHaveLength(6);
    const { stderr, code } = await box.lastgood("restore", "--backup", "seed:seed", "key 1");
    expect(stderr).toMatch(/^lastgood: restore: a seed is not written to/);
    expect(code).toBe(2);
  });
});

it("copy refuses a TO that is something else, and leaves it as it is", async () => {
  const box = await sandbox();
  const from = onDisk(box, "file", "from");
  await fill(from.open(), 1);
  await mkdir(box.path("other"));
  await writeFile(box.path("other/letter.txt"), "dear");
  for (const to of ["other", "file:other", "seed:other", "sqlite:other"]) {
    const { stderr, code } = await box.lastgood("copy", from.place, to);
    expect(stderr).toMatch(/^lastgood: [^\n]+\n$/);
    expect(code).toBe(125);
  }
  expect(await readdir(box.path("other"))).toEqual(["letter.txt"]);
});

it("copy of many keys needs no more memory than copy of few", { timeout: 300_000 }, async () => {
  const box = await sandbox();
  await fillPlainly(fsBackup(box.path("few")), 200);
  await fillPlainly(sqliteBackup(box.path("many")), 20_000);
  const few = await peakOf(box, ["copy", "few", "sqlite:few.db"]);
  const many = await peakOf(box, ["copy", "sqlite:many", "sqlite:many.db"]);
  expect(many - few).toBeLessThan(120 * 2 ** 20);
});

/** 4 KiB each. */
async function fillPlainly(backup: BackupAdapter, keys: number): Promise<void> {
  const value = Buffer.alloc(4_096, "x");
  await program(backup, async (datastore) => {
    for (let begin = 0; begin < keys; begin += 500) {
      await Promise.all(Array.from({ length: Math.min(500, keys - begin) }, (_, index) => datastore.set(`key ${begin + index}`, value)));
    }
  });
}

/** The most bytes that the process had in memory. */
async function peakOf(box: Sandbox, args: readonly string[]): Promise<number> {
  const report = "process.on('exit', () => require('node:fs').writeFileSync('peak', String(process.resourceUsage().maxRSS)))";
  await box.write("report.cjs", report);
  const { code, stderr } = await box.start(args, { NODE_OPTIONS: `--require ${box.path("report.cjs")}` }).outcome;
  expect([stderr, code]).toEqual(["", 0]);
  return Number(await box.read("peak")) * 1_024;
}
