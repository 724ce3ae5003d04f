/** The directory of backups is on a disk that is full, gone, not ours, stuck, or has things in it that nobody expected. */

import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { until } from "@lastgood/services";
import { allFrom, told } from "../src/expect.mjs";
import { command } from "../src/machine/command.mjs";
import { loopDisk, smallDisk } from "../src/machine/disk.mjs";
import { everythingIn, newestRecords } from "../src/machine/records.mjs";
import { allStandIn, durable, KEYS, loaded, LOADS, ORDINARY } from "../src/machine/steps.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault @typedef {import("../src/context.mjs").Context} Context */
/** @typedef {import("../src/machine/steps.mjs").Start} Start @typedef {import("../src/machine/steps.mjs").Subject} Subject */

/**
 * The disk takes nothing more, then it does again; all that was answered is there for a process that comes after a crash.
 * @param {Context} context @param {Start} start @param {Subject} subject
 * @param {{ from: () => unknown, to: () => unknown, message: RegExp }} trouble
 */
async function nothingIsWritten(context, start, subject, { from, to, message }) {
  await from();
  for (let round = 0; round < 3; round++) allFrom(await subject.get(KEYS, LOADS), "loader");
  await allStandIn(subject);
  const failed = told(subject.notes, "backupFailed", message);
  assert.ok(failed >= KEYS.length, `${failed} writes failed with ${message}`);
  await to();
  await durable(context, start, subject);
  return `${failed} writes failed, ${KEYS.length} keys were answered meanwhile, and were durable when it was over`;
}

/** Records that have not got their names yet. @param {string} directory */
async function onTheirWay(directory) {
  return (await everythingIn(directory)).filter((path) => /\/tmp-[^/]*$/.test(path));
}

const NOTHING_IS_WRITTEN = "callers get fresh values, backups go on to answer, an event tells of each write, and what is owed is written once that is possible";

/** @type {readonly Fault[]} */
export const fileSystemFaults = [
  {
    id: "fs-full",
    area: "file system",
    title: "the disk is full",
    injected: "a file fills a tmpfs of 1 MB to the last byte; later it is removed",
    holds: NOTHING_IS_WRITTEN,
    needs: ["root"],
    async run(context) {
      const disk = await smallDisk(context, { size: 1024 * 1024 });
      const start = { backup: `file:${disk.path}/backups` };
      const filler = join(disk.path, "filler");
      return nothingIsWritten(context, start, await loaded(context, start), {
        from: () => command("sh", "-c", 'cat /dev/zero > "$1" || true', "sh", filler),
        to: () => rm(filler),
        message: /ENOSPC/,
      });
    },
  },
  {
    id: "fs-full-in-mid-write",
    area: "file system",
    title: "the disk gets full in the midst of a record",
    injected: "values of 200 kB on a tmpfs of 1 MB, key after key: each record ends where the disk does",
    holds: "callers get fresh values; records that were cut short are not there, those before are",
    needs: ["root"],
    async run(context) {
      const disk = await smallDisk(context, { size: 1024 * 1024 });
      const start = { backup: `file:${disk.path}/backups` };
      const subject = await context.start(start);
      await subject.source("up", { size: 200_000 });
      for (const key of KEYS) allFrom(await subject.get([key], LOADS), "loader");
      const written = told(subject.notes, "backupWritten");
      assert.deepEqual(await onTheirWay(disk.path), [], "records that were cut short are removed at once");
      await allStandIn(subject);
      return `${written} records fitted, ${told(subject.notes, "backupFailed", /ENOSPC|arrived/)} writes were cut short, and left nothing behind`;
    },
  },
  {
    id: "fs-no-inodes",
    area: "file system",
    title: "the disk has no inodes left",
    injected: "empty files use up a tmpfs of 200 inodes; later they are removed",
    holds: NOTHING_IS_WRITTEN,
    needs: ["root"],
    async run(context) {
      const disk = await smallDisk(context, { size: 16 * 1024 * 1024, inodes: 200 });
      const start = { backup: `file:${disk.path}/backups` };
      return nothingIsWritten(context, start, await loaded(context, start), {
        from: () => command("sh", "-c", 'cd "$1"; while : 2> /dev/null > "filler-$((n = n + 1))"; do :; done; true', "sh", disk.path).catch(() => ""),
        to: () => command("sh", "-c", 'rm "$1"/filler-*', "sh", disk.path),
        message: /ENOSPC/,
      });
    },
  },
  {
    id: "fs-size-limit",
    area: "file system",
    title: "files may not be larger than so",
    injected: "RLIMIT_FSIZE of 8 kB (`ulimit -f`), values of 20 kB and of 1 kB in turn",
    holds: "callers get fresh values, large ones are not kept, small ones are, and the process is not ended by SIGXFSZ",
    quick: true,
    async run(context) {
      const directory = await context.directory();
      const subject = await context.start({ backup: `file:${directory}`, wrap: ["sh", "-c", 'trap "" XFSZ; ulimit -f 16; exec "$@"', "sh"] });
      await subject.source("up", { size: 1_000 });
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await subject.source("up", { size: 20_000 });
      allFrom(await subject.get(KEYS, LOADS), "loader");
      const failed = told(subject.notes, "backupFailed", /EFBIG/);
      assert.equal(failed, KEYS.length);
      await subject.source("up", { size: 1_000 });
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await durable(context, { backup: `file:${directory}` }, subject);
      return `${failed} writes failed with EFBIG, ${KEYS.length} keys are durable`;
    },
  },
  {
    id: "fs-no-descriptors",
    area: "file system",
    title: "the process has no file descriptors left",
    injected: "RLIMIT_NOFILE of the running process is lowered to what it has open (`prlimit`), and raised again later",
    holds: NOTHING_IS_WRITTEN.replace("backups go on to answer", "values that are owed answer"),
    quick: true,
    async run(context) {
      const start = { backup: `file:${await context.directory()}` };
      const subject = await loaded(context, start);
      /** @param {number | string} limit */
      const setLimit = (limit) => command("prlimit", "--pid", String(subject.pid), `--nofile=${limit}:`);
      const message = /EMFILE/;
      return nothingIsWritten(context, start, subject, { from: () => setLimit(3), to: () => setLimit(1024), message });
    },
  },
  {
    id: "fs-no-rights",
    area: "file system",
    title: "an ordinary user may not write there",
    injected: "the directory and all in it are made read-only for an ordinary user, and writable again later",
    holds: NOTHING_IS_WRITTEN,
    quick: true,
    async run(context) {
      const directory = await context.directory();
      const start = { backup: `file:${directory}`, wrap: ORDINARY };
      return nothingIsWritten(context, start, await loaded(context, start), {
        from: () => command("chmod", "-R", "a-w", directory),
        to: () => command("chmod", "-R", "u+w", directory),
        message: /EACCES/,
      });
    },
  },
  {
    id: "fs-no-rights-at-all",
    area: "file system",
    title: "an ordinary user may not even look",
    injected: "all rights are taken from the directory of each key, and given back later; the source is up, then down",
    holds: "callers get fresh values; the keys whose source is down get its error, and once the rights are back their last good value",
    async run(context) {
      const directory = await context.directory();
      const subject = await loaded(context, { backup: `file:${directory}`, wrap: ORDINARY });
      const shards = (await readdir(directory)).map((name) => join(directory, name));
      for (const shard of shards) await chmod(shard, 0);
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await allStandIn(subject);
      const failed = told(subject.notes, "backupFailed", /EACCES/);
      for (const shard of shards) await chmod(shard, 0o700);
      await subject.call("flush");
      await allStandIn(subject);
      return `${failed} calls failed with EACCES, ${KEYS.length} keys were answered with what was owed to the store, and later from it`;
    },
  },
  {
    id: "fs-read-only",
    area: "file system",
    title: "the disk turns read-only",
    injected: "a loop-mounted ext4 is remounted `ro`, as the kernel does with a disk that has errors, and `rw` later",
    holds: NOTHING_IS_WRITTEN,
    needs: ["root", "disks"],
    async run(context) {
      const disk = await loopDisk(context, "ext4");
      const start = { backup: `file:${disk.path}/backups` };
      const from = () => disk.remount("ro");
      return nothingIsWritten(context, start, await loaded(context, start), { from, to: () => disk.remount("rw"), message: /EROFS/ });
    },
  },
  {
    id: "fs-frozen",
    area: "file system",
    title: "the disk hangs at every write",
    injected: "`fsfreeze` on a loop-mounted ext4, as for a snapshot: whoever writes waits; keys are loaded, the source of others goes down",
    holds: "callers wait no longer than their deadlines, backups of other keys answer; once it is thawed what is owed is written",
    needs: ["root", "disks"],
    async run(context) {
      const disk = await loopDisk(context, "ext4");
      const start = { backup: `file:${disk.path}/backups` };
      const subject = await loaded(context, start);
      const written = KEYS.map((key) => `written ${key}`);
      await disk.freeze();
      try {
        allFrom(await subject.get(written, LOADS), "loader");
        await allStandIn(subject);
      } finally {
        // A process that hangs there cannot even be killed.
        await disk.thaw();
      }
      const hung = told(subject.notes, "backupFailed", /did not answer write/);
      assert.ok(hung > 0, "no write hung");
      await durable(context, start, subject, [...written, ...KEYS]);
      return `${hung} writes hung, ${KEYS.length} other keys were answered from their backups meanwhile, ${written.length} were durable when it was over`;
    },
  },
  {
    id: "fs-pipes",
    area: "file system",
    title: "pipes that nobody writes to, in the place of records",
    injected: "a FIFO with a later stamp beside the newest record of each key, and FIFOs as mark of use and as temporary file",
    holds: "nobody waits for them, the records answer, new ones are written",
    quick: true,
    async run(context) {
      const directory = await context.directory();
      const subject = await loaded(context, { backup: `file:${directory}` });
      for (const [index, { path, id, later }] of (await newestRecords(directory)).entries()) {
        const names = [`${id}~used~${"9".repeat(15)}0`, `tmp-00000000-0000-0000-0000-${String(index).padStart(12, "0")}`];
        await command("mkfifo", later, ...names.map((name) => join(dirname(path), name)));
      }
      await allStandIn(subject);
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await subject.call("flush");
      await allStandIn(subject);
      await subject.call("cull", { force: true });
      // They are not ours to remove.
      await command("find", directory, "-type", "p", "-delete");
      return `${3 * KEYS.length} pipes, ${4 * KEYS.length} gets`;
    },
  },
  {
    id: "fs-removed",
    area: "file system",
    title: "the directory is removed while it is used",
    injected: "`rm -rf` of the whole store under load, five times",
    holds: "the next writes make it again, with all that leads to it; nothing is torn",
    quick: true,
    async run(context) {
      const directory = await context.directory();
      const store = join(directory, "deep", "backups");
      const subject = await context.start({ backup: `file:${store}` });
      await subject.work(KEYS, { options: LOADS });
      for (let round = 0; round < 5; round++) await rm(join(directory, "deep"), { recursive: true, force: true, maxRetries: 20 });
      await subject.rest();
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await subject.call("flush");
      await allStandIn(subject);
      return `${told(subject.notes, "backupWritten")} writes around 5 removals, ${told(subject.notes, "backupFailed")} failed and were repeated`;
    },
  },
  {
    id: "fs-foreign-files",
    area: "file system",
    title: "foreign files in the directory",
    injected: "editors' copies, `.DS_Store`, `.nfs0001`, `lost+found`, a core dump, names of 255 bytes and of bytes that are no UTF-8, in every directory",
    holds: "records are found among them, a cull neither counts nor removes them",
    async run(context) {
      const directory = await context.directory();
      const subject = await loaded(context, { backup: `file:${directory}` });
      const names = [".DS_Store", ".nfs0001", "core", "id~0000000000000001~0000000000000001~", "10", "9".repeat(17), "id~used~1", "temp-1", "x".repeat(255)];
      const places = [directory, ...(await everythingIn(directory)).filter((path) => !/~\d{16}$/.test(path))];
      for (const place of places) {
        for (const name of names) await writeFile(join(place, name), "not ours");
        await writeFile(Buffer.concat([Buffer.from(`${place}/`), Buffer.from([0xff, 0xfe])]), "not ours");
        await mkdir(join(place, "lost+found"));
      }
      await allStandIn(subject);
      allFrom(await subject.get(KEYS, LOADS), "loader");
      const { examined } = /** @type {{ examined: number }} */ (await subject.call("cull", { force: true }));
      assert.equal(examined, KEYS.length);
      const kept = (await everythingIn(directory)).filter((path) => names.some((name) => path.endsWith(`/${name}`))).length;
      assert.equal(kept, places.length * names.length);
      return `${kept} foreign files and ${places.length} foreign directories, of which a cull saw none; it examined ${examined} keys`;
    },
  },
  {
    id: "fs-links",
    area: "file system",
    title: "symbolic links planted in the directory",
    injected: "in the place of records, marks of use, temporary files, and two directories: links to files and directories elsewhere",
    holds: "nothing is read or written through them, what they lead to stays as it was; other keys do not notice",
    quick: true,
    async run(context) {
      const directory = await context.directory();
      const elsewhere = await context.directory();
      const secret = join(elsewhere, "secret");
      await writeFile(secret, "not for you");
      const subject = await loaded(context, { backup: `file:${directory}` });
      const newest = await newestRecords(directory);
      for (const [index, { path, id, later }] of newest.entries()) {
        await symlink(secret, later);
        await symlink(secret, join(dirname(path), `${id}~used~${"9".repeat(15)}0`));
        await symlink(secret, join(dirname(path), `tmp-00000000-0000-0000-0000-${String(index).padStart(12, "0")}`));
      }
      await allStandIn(subject);
      // Nothing may be on its way into a directory while that is moved: the record of an outage is written in the background.
      await until(async () => {
        const outages = (await newestRecords(directory)).filter(({ id }) => id.startsWith("o_"));
        assert.ok(outages.length >= KEYS.length && (await onTheirWay(directory)).length === newest.length, "outages are being recorded");
      });
      for (const [index, place] of Array.from(new Set(newest.map(({ path }) => dirname(path)))).slice(0, 2).entries()) {
        await rename(place, join(elsewhere, `moved-${index}`));
        await symlink(join(elsewhere, `moved-${index}`), place);
      }
      const before = (await everythingIn(elsewhere)).sort();
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await allStandIn(subject);
      assert.deepEqual((await everythingIn(elsewhere)).sort(), before, "nothing is written elsewhere");
      assert.equal(await readFile(secret, "utf8"), "not for you");
      await command("find", directory, elsewhere, "-type", "l", "-delete");
      const refused = told(subject.notes, "backupFailed", /must be a directory: move aside what is there/);
      assert.ok(refused > 0, "a link in the place of a directory is told of");
      return `${2 * newest.length + 2} links, ${refused} calls refused to follow one, nothing elsewhere was touched`;
    },
  },
  {
    id: "fs-noatime",
    area: "file system",
    title: "a disk without access times",
    injected: "loop-mounted ext4 with `noatime`; keys are used by falling back, then a cull with a `cullTime` that has passed since they were written",
    holds: "what is used stays, what is not goes",
    needs: ["root", "disks"],
    async run(context) {
      const disk = await loopDisk(context, "ext4", "noatime");
      const start = { backup: `file:${disk.path}/backups`, options: { cullTime: "2s", cullAfter: 1e9 } };
      const subject = await loaded(context, start);
      const idle = KEYS.map((key) => `idle ${key}`).slice(0, 5);
      allFrom(await subject.get(idle, LOADS), "loader");
      for (let round = 0; round < 12; round++) {
        await allStandIn(subject);
        await command("sleep", "0.2");
      }
      const culled = /** @type {{ deleted: number }} */ (await subject.call("cull"));
      assert.equal(culled.deleted, idle.length);
      await allStandIn(subject);
      return `${KEYS.length} keys in use stayed, ${culled.deleted} that were not went`;
    },
  },
  {
    id: "fs-left-overs",
    area: "file system",
    title: "what crashes have left behind",
    injected: "15 processes killed in the midst of writes of 500 kB; the files that are left are made two hours older, then a cull",
    holds: "all that was answered is there; the cull removes every left-over, and no record",
    async run(context) {
      const directory = await context.directory();
      // Nobody is answered before the backup is durable, however slow the disk: what is answered has to survive the kill.
      const start = { backup: `file:${directory}`, options: { backupWait: "20s", backupTimeout: "20s" } };
      for (let round = 0; round < 15; round++) {
        const subject = await context.start(start);
        await subject.source("up", { size: 500_000 });
        await subject.work(KEYS, { options: LOADS });
        const known = await onTheirWay(directory);
        await until(async () => assert.ok((await onTheirWay(directory)).length > known.length));
        await subject.kill();
      }
      const left = await onTheirWay(directory);
      assert.ok(left.length > 0, "no process was killed in the midst of a write");
      const twoHoursAgo = Date.now() / 1_000 - 7_200;
      for (const path of left) await utimes(path, twoHoursAgo, twoHoursAgo);
      const subject = await context.start(start);
      await subject.source("down");
      await subject.get(KEYS, LOADS);
      await subject.call("cull", { force: true });
      assert.deepEqual(await onTheirWay(directory), []);
      return `15 kills left ${left.length} records on their way; a cull removed all of them`;
    },
  },
];
