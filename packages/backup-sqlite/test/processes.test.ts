/** Several processes on one file, and processes that end at any time. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { valueOf } from "../src/driver.ts";
import { holdLock, listed, newFile, openBackup, readText, run, start, withDatabase, write } from "./helpers.ts";

describe("a lock that another process holds", () => {
  it("another process's lock does not block the event loop, and the write succeeds after its release", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "id", 1);
    const release = await holdLock(file, "EXCLUSIVE");

    let settled = false;
    const writing = write(backup, "id", 2).finally(() => (settled = true));
    // If the event loop were blocked, these turns would come after the lock's time-out, and the write would have failed.
    for (let turns = 0; turns < 100; turns++) await delay(1);
    expect(settled).toBe(false);
    release();
    await writing;
    expect(await readText(backup, "id")).toBe("id 2");
  });

  it("another process that has only begun to write does not stop reads, even if a write is waiting", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "id", 1);
    const release = await holdLock(file, "IMMEDIATE");

    let written = false;
    const writing = write(backup, "id", 2).then(() => (written = true));
    for (let reads = 0; reads < 5; reads++) {
      expect(await readText(backup, "id")).toBe("id 1");
    }
    expect(written).toBe(false);
    release();
    await writing;
    expect(await readText(backup, "id")).toBe("id 2");
  });

  it("all writes that wait longer than busyTimeout reject with the name of the file", async () => {
    const file = newFile();
    const backup = openBackup(file, { busyTimeout: 100 });
    await write(backup, "id", 1);
    const release = await holdLock(file, "EXCLUSIVE");
    const outcomes = await Promise.allSettled([write(backup, "id", 2), write(backup, "other", 2), backup.read("id")]);
    for (const outcome of outcomes) {
      expect(outcome).toHaveProperty("reason.message", expect.stringContaining(`${file} has been locked by another process`));
    }
    release();
    await expect.poll(() => write(backup, "id", 3).catch(() => undefined)).toBe(3);
  });

  it("a waiting call whose signal is aborted rejects, and has no effect if it had not begun", async () => {
    const file = newFile();
    const backup = openBackup(file);
    await write(backup, "id", 1);
    const release = await holdLock(file, "EXCLUSIVE");

    const under = write(backup, "under-way", 1);
    await Promise.resolve(); // The first is under way now, and the second waits behind it.
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = backup.write("given-up", Buffer.from("late"), { loadedAt: 1, usedAt: 1, signal });
    controller.abort(new Error("no longer wanted"));
    await expect(waiting).rejects.toThrow("no longer wanted");
    await expect(backup.read("id", { signal })).rejects.toThrow("no longer wanted");

    release();
    await under;
    await write(backup, "last", 1);
    expect((await listed(backup)).map(({ id }) => id)).toEqual(["id", "last", "under-way"]);
  });
});

describe("several processes", () => {
  it("several processes create the file together and write at once, and every record is there", async () => {
    const file = newFile();
    const prefixes = ["a", "b", "c", "d"];
    await Promise.all(prefixes.map((prefix) => run("write-many", [file, prefix, "300"])));
    const ids = (await listed(openBackup(file))).map(({ id }) => id);
    expect(new Set(ids).size).toBe(1_200);
    expect(ids).toHaveLength(1_200);
  });
});

describe("two processes that take turns at setting a key", () => {
  it("two processes that take turns at setting a key lose no set", { timeout: 60_000 }, async () => {
    expect(await lostInTurns(newFile(), 100)).toEqual([]);
  });

  it("two processes lose no set after one with a clock three minutes ahead has set the key", { timeout: 60_000 }, async () => {
    const file = newFile();
    await run("take-turns", [file, "180000", "early"]);
    expect(await lostInTurns(file, 100)).toEqual([]);
  });
});

describe("a process that ends", () => {
  it("a process without close ends once its write is done, and the write is durable", async () => {
    const file = newFile();
    await run("write-and-leave", [file]);
    expect(await readText(openBackup(file), "left")).toBe("behind");
  });

  it("after each of 100 kill -9 the acknowledged record, or a newer one, is there and whole", { timeout: 180_000 }, async () => {
    await Promise.all([killedWriters(50), killedWriters(50)]);
  });
});

/** Lets two processes set one key in turn. Returns the sets that were not in the file afterwards. */
async function lostInTurns(file: string, turns: number): Promise<readonly string[]> {
  const players = [start("take-turns", [file, "0"]), start("take-turns", [file, "0"])].map(({ stdin, stdout }) => ({
    stdin,
    lines: createInterface(stdout)[Symbol.asyncIterator](),
  }));
  const lost: string[] = [];
  for (let turn = 0; turn < 2 * turns; turn++) {
    const player = players[turn % 2];
    player?.stdin.write(`value ${turn}\n`);
    const { value: answered } = (await player?.lines.next()) ?? {};
    if (answered !== `value ${turn}`) lost.push(`set value ${turn}, read ${answered}`);
  }
  for (const { stdin } of players) stdin.end();
  return lost;
}

/** Kills a writing process again and again. Each process takes over the file of the one before. */
async function killedWriters(times: number): Promise<void> {
  const file = newFile();
  for (let round = 0; round < times; round++) {
    const acknowledged = await acknowledgedUntilKilled(file, 1 + Math.floor(Math.random() * 6));
    const backup = openBackup(file);
    for (const id of ["a", "b", "c"]) {
      const newest = await backup.read(id);
      const before = await backup.read(id, { before: acknowledged });
      expect(newest?.loadedAt).toBeGreaterThanOrEqual(acknowledged);
      for (const record of [newest, before]) {
        if (record === undefined) continue;
        const { bytes, loadedAt } = record;
        expect(Buffer.from(bytes).equals(Buffer.alloc(20_000 + loadedAt, loadedAt % 251))).toBe(true);
      }
    }
    await backup.close?.();
  }
  withDatabase(file, (database) => expect(valueOf(database, "PRAGMA integrity_check")).toBe("ok"));
}

/** Lets a process write, kills it after the given number of groups, and returns the last stamp. */
async function acknowledgedUntilKilled(file: string, groups: number): Promise<number> {
  const writer = start("write-until-killed", [file]);
  let last = 0;
  let seen = 0;
  createInterface(writer.stdout).on("line", (line) => {
    last = Number(line);
    if (++seen === groups) setTimeout(() => writer.kill("SIGKILL"), Math.random() * 3);
  });
  const [, signal] = await once(writer, "close");
  expect(signal).toBe("SIGKILL");
  return last;
}
