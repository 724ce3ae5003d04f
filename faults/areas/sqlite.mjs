/** The SQLite file is locked, on a disk that is full or hangs, damaged, or gone. */

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Context } from "../src/context.mjs";
import { allFrom, sources, told } from "../src/expect.mjs";
import { command } from "../src/machine/command.mjs";
import { loopDisk, smallDisk } from "../src/machine/disk.mjs";
import { allStandIn, durable, KEYS, loaded, LOADS, ORDINARY } from "../src/machine/steps.mjs";
import { gets } from "../src/oracle.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault */
/** @typedef {import("../src/machine/steps.mjs").Start} Start */

/** A thread has to start, on a machine that does other things as well. */
const OPTIONS = { backupTimeout: "4s", backupWait: "4s" };

/** A process that has loaded every key, on a file of its own. @param {Context} context @param {Partial<Start>} [more] */
async function warmed(context, more = {}) {
  const directory = await context.directory();
  const file = join(directory, "backups.db");
  const start = { backup: `sqlite:${file}`, options: OPTIONS, ...more };
  return { directory, file, start, subject: await loaded(context, start) };
}

const DAMAGES = 20;

const GOES_ON = "callers get fresh values within their deadlines, backups go on to answer, and what is owed is written once that is possible";

/** @type {readonly Fault[]} */
export const sqliteFaults = [
  {
    id: "sqlite-locked",
    area: "sqlite",
    title: "another process has begun to write, and does not end",
    injected: "`BEGIN IMMEDIATE` in another connection, held for longer than the deadlines of four rounds of gets",
    holds: GOES_ON,
    async run(context) {
      const { file, start, subject } = await warmed(context, { options: { backupTimeout: "700ms", backupWait: "300ms" } });
      const other = new Database(file);
      context.after(() => other.close());
      other.exec("BEGIN IMMEDIATE");
      for (let round = 0; round < 4; round++) allFrom(await subject.get(KEYS, LOADS), "loader");
      await allStandIn(subject);
      other.exec("ROLLBACK");
      const failed = told(subject.notes, "backupFailed");
      await durable(context, { ...start, options: OPTIONS }, subject);
      return `${failed} writes failed or were put off, ${KEYS.length} keys were durable when it was over`;
    },
  },
  {
    id: "sqlite-locked-exclusively",
    area: "sqlite",
    title: "another process has the whole file locked",
    injected: "`BEGIN EXCLUSIVE` in another connection for as long as it takes: nobody can read",
    holds: "callers get fresh values within their deadlines; what is owed answers for its keys, and is written when the lock is gone",
    quick: true,
    async run(context) {
      const { file, start, subject } = await warmed(context, { options: { backupTimeout: "700ms", backupWait: "300ms" } });
      const other = new Database(file);
      context.after(() => other.close());
      other.exec("BEGIN EXCLUSIVE");
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await allStandIn(subject);
      other.exec("ROLLBACK");
      await durable(context, { ...start, options: OPTIONS }, subject);
      return sources(subject.notes);
    },
  },
  {
    id: "sqlite-full",
    area: "sqlite",
    title: "the disk is full",
    injected: "a file fills a tmpfs of 1 MB to the last byte while values grow; later it is removed",
    holds: GOES_ON,
    needs: ["root"],
    async run(context) {
      const disk = await smallDisk(context, { size: 1024 * 1024 });
      const start = { backup: `sqlite:${disk.path}/backups.db`, options: OPTIONS };
      const subject = await loaded(context, start);
      await command("sh", "-c", 'cat /dev/zero > "$1" || true', "sh", join(disk.path, "filler"));
      await subject.source("up", { size: 20_000 });
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await allStandIn(subject);
      const failed = told(subject.notes, "backupFailed", /full/i);
      assert.ok(failed >= KEYS.length, `${failed} writes failed`);
      await rm(join(disk.path, "filler"));
      await durable(context, start, subject);
      return `${failed} writes failed with SQLITE_FULL, ${KEYS.length} keys were durable when it was over`;
    },
  },
  {
    id: "sqlite-full-from-the-start",
    area: "sqlite",
    title: "the disk is full before the process starts",
    injected: "the same, and the process is restarted on the full disk, with its source down",
    holds: "every key is answered from the file",
    needs: ["root"],
    async run(context) {
      const disk = await smallDisk(context, { size: 1024 * 1024 });
      const start = { backup: `sqlite:${disk.path}/backups.db`, options: OPTIONS };
      const subject = await loaded(context, start);
      await subject.close();
      await command("sh", "-c", 'cat /dev/zero > "$1" || true', "sh", join(disk.path, "filler"));
      const next = await context.start(start);
      await allStandIn(next);
      return sources(next.notes);
    },
  },
  {
    id: "sqlite-frozen",
    area: "sqlite",
    title: "the disk hangs at every write",
    injected: "`fsfreeze` on a loop-mounted ext4 while every key is loaded again",
    holds: "callers get fresh values within their deadlines, the event loop goes on, what is owed answers, and is written once it is thawed",
    needs: ["root", "disks"],
    async run(context) {
      const disk = await loopDisk(context, "ext4");
      const start = { backup: `sqlite:${disk.path}/backups.db`, options: { backupTimeout: "1s", backupWait: "500ms" } };
      const subject = await loaded(context, { ...start, options: OPTIONS });
      await disk.freeze();
      try {
        allFrom(await subject.get(KEYS, LOADS), "loader");
        await allStandIn(subject);
      } finally {
        // A process that hangs there cannot even be killed.
        await disk.thaw();
      }
      const hung = told(subject.notes, "backupFailed", /did not answer/);
      await durable(context, { ...start, options: OPTIONS }, subject);
      return `${hung} writes hung, ${KEYS.length} keys were durable when it was over`;
    },
  },
  {
    id: "sqlite-read-only",
    area: "sqlite",
    title: "file and directory are read-only",
    injected: "an ordinary user's rights to write file, journal and directory are taken away, also before a restart, and given back later",
    holds: GOES_ON,
    quick: true,
    async run(context) {
      const { directory, start, subject } = await warmed(context, { wrap: ORDINARY });
      await command("chmod", "-R", "a-w", directory);
      const next = await context.start(start);
      await allStandIn(next);
      allFrom(await next.get(KEYS, LOADS), "loader");
      await allStandIn(next);
      await command("chmod", "-R", "u+w", directory);
      await subject.close();
      await durable(context, start, next);
      return `${told(next.notes, "backupFailed", /read.?only/i)} writes failed, ${KEYS.length} keys were durable when it was over`;
    },
  },
  {
    id: "sqlite-disk-read-only",
    area: "sqlite",
    title: "the disk turns read-only",
    injected: "a loop-mounted ext4 is remounted `ro`, the process restarted with its source down, the disk remounted `rw`",
    holds: GOES_ON,
    needs: ["root", "disks"],
    async run(context) {
      const disk = await loopDisk(context, "ext4");
      const start = { backup: `sqlite:${disk.path}/backups.db`, options: OPTIONS };
      await (await loaded(context, start)).close();
      await disk.remount("ro");
      const next = await context.start(start);
      await allStandIn(next);
      allFrom(await next.get(KEYS, LOADS), "loader");
      await allStandIn(next);
      await disk.remount("rw");
      await durable(context, start, next);
      return sources(next.notes);
    },
  },
  {
    id: "sqlite-unlinked",
    area: "sqlite",
    title: "the file is removed while it is open",
    injected: "`rm` of the file, then of the file and its journal, under load, ten times",
    holds: "nothing is acknowledged that went into a file without a name: what is loaded after it is there after a crash",
    quick: true,
    async run(context) {
      const { file, start, subject } = await warmed(context);
      for (let round = 0; round < 10; round++) {
        await rm(file, { force: true });
        if (round % 2 === 1) await rm(`${file}-journal`, { force: true });
        allFrom(await subject.get(KEYS, LOADS), "loader");
      }
      await durable(context, start, subject);
      return `10 removals, ${told(subject.notes, "backupWritten")} writes, ${told(subject.notes, "backupFailed")} failed and were repeated`;
    },
  },
  {
    id: "sqlite-zero-length",
    area: "sqlite",
    title: "the file is cut to nothing while it is open",
    injected: "`truncate` to 0 bytes, five times",
    holds: "callers get fresh values, and what is loaded after it is there after a crash",
    async run(context) {
      const { file, start, subject } = await warmed(context);
      for (let round = 0; round < 5; round++) {
        await truncate(file, 0);
        allFrom(await subject.get(KEYS, LOADS), "loader");
      }
      await durable(context, start, subject);
      return `5 times, ${told(subject.notes, "backupFailed")} calls failed and were repeated`;
    },
  },
  {
    id: "sqlite-garbage",
    area: "sqlite",
    title: "the file is no database any more",
    injected: "the file is replaced by 64 kB of noise, and moved away later",
    holds: "callers get fresh values, what is owed answers, an event says what to do; the noise is never deleted or written over; once it is moved away all is well",
    quick: true,
    async run(context) {
      const { file, start, subject } = await warmed(context);
      const noise = Buffer.from(Array.from({ length: 65_536 }, () => randomInt(256)));
      await rm(file);
      await rm(`${file}-journal`, { force: true });
      await writeFile(file, noise);
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await allStandIn(subject);
      assert.ok(noise.equals(await readFile(file)), "the file has changed");
      const failed = told(subject.notes, "backupFailed", /Move it away/);
      assert.ok(failed >= KEYS.length, `${failed} events say what to do`);
      await rm(file);
      await durable(context, start, subject);
      return `${failed} events said what to do, ${KEYS.length} keys were durable when it was over`;
    },
  },
  {
    id: "sqlite-flipped-bytes",
    area: "sqlite",
    title: "pages of the file are damaged",
    injected: "20 times: a copy of the file with 1 to 512 random bytes overwritten, and a process whose source is down, then up",
    holds: "no value is wrong; what cannot be read is an error of the source, never one of SQLite; loading goes on",
    async run(context) {
      // A key that is lost with its pages may fail. The oracle must not have seen that it was ever answered.
      const before = new Context();
      context.after(() => before.tearDown());
      const { file, subject } = await warmed(before);
      const own = (/** @type {number} */ round) => KEYS.map((key) => `${round} ${key}`);
      for (let round = 0; round < DAMAGES; round++) await subject.get(own(round), LOADS);
      await subject.close();
      const sound = await readFile(file);
      const directory = await context.directory();
      for (let round = 0; round < DAMAGES; round++) {
        const bytes = Buffer.from(sound);
        for (let count = 1 << (round % 10); count > 0; count--) bytes[randomInt(bytes.length)] = randomInt(256);
        const copy = join(directory, `copy-${round}.db`);
        await writeFile(copy, bytes);
        const next = await context.start({ backup: `sqlite:${copy}`, options: OPTIONS });
        await next.source("down");
        await next.get(own(round), LOADS);
        await next.source("up");
        allFrom(await next.get(own(round), LOADS), "loader");
        await next.kill();
      }
      const answered = gets(context.log).filter(({ source }) => source === "backup").length;
      return `${DAMAGES} damaged files, ${answered} of ${DAMAGES * KEYS.length} keys could be read, none of them wrong`;
    },
  },
];
