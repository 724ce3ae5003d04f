import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { fsBackup } from "../src/index.ts";
import { isPayload } from "./processes/payload.mjs";
import { type Child, compileSources, run } from "./support/child.ts";
import { filesOf, listed, newStore, readText, recordName } from "./support/store.ts";

const IDS = ["a", "b", "c"];
const FOR_EVER = "1000000000";

let compiled: Awaited<ReturnType<typeof compileSources>>;
beforeAll(async () => void (compiled = await compileSources()));
afterAll(() => compiled.remove());

function start(script: string, root: string, parameters: readonly string[] = [], setUp?: string): Child {
  const child = run(script, [compiled.entry, root, ...parameters], setUp);
  onTestFinished(() => child.kill("SIGKILL"));
  return child;
}

describe("a process that is killed", () => {
  it("a process that is killed loses no acknowledged record and leaves none torn, a hundred times", async () => {
    const root = newStore();
    // Two at a time, each with ids of its own, so that the test does not wait for the start of every process.
    await Promise.all([killRepeatedly(root, ["a", "b"], 50), killRepeatedly(root, ["c", "d"], 50)]);
    // Else no kill has hit a write, and nothing is proved.
    expect(orphansIn(root).length).toBeGreaterThan(0);

    for (const orphan of orphansIn(root)) utimesSync(orphan, 0, 0);
    const backup = fsBackup(root);
    const release = await backup.lock?.();
    expect(await listed(backup)).toHaveLength(4);
    await release?.();
    expect(orphansIn(root)).toEqual([]);
  }, 180_000);

  async function killRepeatedly(root: string, ids: readonly string[], times: number): Promise<void> {
    const acknowledged = new Map<string, number>();
    let next = 1;
    for (let kill = 1; kill <= times; kill++) {
      const child = start("writer.mjs", root, [String(next), FOR_EVER, ...ids]);
      await child.started;
      // Not for anything to happen: so that it is hit at any point of a write.
      await delay(Math.random() * 10);
      child.kill("SIGKILL");
      expect(await child.ended).toBe("SIGKILL");
      for (const [id, stamp] of acknowledgedBy(child)) acknowledged.set(id, stamp);
      for (const id of ids) next = Math.max(next, 1 + (await newestWhole(root, id, acknowledged.get(id) ?? 0)));
    }
  }
});

describe("several processes", () => {
  it("several processes write and delete the same ids at once: every write ends well, every record is whole", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    const writers = [start("writer.mjs", root, ["1", "150", ...IDS]), start("writer.mjs", root, ["1", "150", ...IDS])];
    let running = writers.length;
    for (const writer of writers) void writer.ended.then(() => running--);
    let deleted = 0;
    while (running > 0) {
      for (const id of IDS) {
        await newestWhole(root, id, 0);
        if (await backup.delete(id)) deleted++;
      }
    }
    expect(await Promise.all(writers.map((writer) => writer.ended))).toEqual([0, 0]);
    for (const writer of writers) expect(acknowledgedBy(writer)).toHaveLength(150 * IDS.length);
    expect(deleted).toBeGreaterThan(0);
    expect(orphansIn(root)).toEqual([]);
  }, 120_000);

  it("several processes have one lock between them, which does not keep its holder alive, and is taken over once its holder is gone", async () => {
    const root = newStore();
    const backup = fsBackup(root);
    const release = await backup.lock?.();
    const refused = start("locker.mjs", root);
    expect(await refused.ended).toBe(0);
    expect(refused.output()).toBe("refused\n");
    await release?.();

    const locker = start("locker.mjs", root);
    expect(await locker.ended).toBe(0);
    expect(locker.output()).toBe("locked\n");
    const longAgo = new Date(Date.now() - 11_000);
    utimesSync(join(root, "cull.lock"), longAgo, longAgo);
    expect(await backup.lock?.()).toBeTypeOf("function");
  });
});

describe("a limit to what can be written", () => {
  it("a write that is cut short fails, and earlier and later records are unharmed", async () => {
    const root = newStore();
    const child = start("limited-writer.mjs", root, [], "ulimit -f 200");
    expect(await child.ended).toBe(0);
    expect(child.output()).toMatch(/^written\n\/.*: EFBIG: .*\nwritten\n$/);
    expect(filesOf(root, "id")).toEqual([recordName("id", 1), recordName("id", 3)]);
    expect(await readText(fsBackup(root), "id", 3)).toBe("\x01".repeat(1000));
  });
});

/** The stamps that the writer says were acknowledged, in order. */
function acknowledgedBy(child: Child): [id: string, stamp: number][] {
  const lines = child.output().split("\n").slice(0, -1);
  return lines.map((line) => {
    const [id = "", stamp] = line.split(" ");
    return [id, Number(stamp)];
  });
}

/** Checks all records of the id, and that the newest is no older than `acknowledged`, and answers with its stamp. */
async function newestWhole(root: string, id: string, acknowledged: number): Promise<number> {
  const backup = fsBackup(root);
  let newest = 0;
  for (let before = Infinity; ; ) {
    const record = await backup.read(id, { before });
    if (record === undefined) break;
    expect(isPayload(record.bytes, id, record.loadedAt)).toBe(true);
    newest = Math.max(newest, record.loadedAt);
    before = record.loadedAt;
  }
  expect(newest).toBeGreaterThanOrEqual(acknowledged);
  return newest;
}

function orphansIn(root: string): string[] {
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.includes("/tmp-")).map((name) => join(root, name));
}
