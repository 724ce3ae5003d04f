/** An old and a new release, or an old and a new Node, share a store. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import Database from "better-sqlite3";
import { allFrom, told } from "../src/expect.mjs";
import { command } from "../src/machine/command.mjs";
import { installNode24, ON_NODE_24 } from "../src/machine/node-24.mjs";
import { newestRecords } from "../src/machine/records.mjs";
import { allStandIn, durable, KEYS, loaded, LOADS } from "../src/machine/steps.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault */

/** Where an envelope says which version of the format it has. */
const VERSION_AT = 3;

/** @type {readonly Fault[]} */
export const deployFaults = [
  {
    id: "deploy-newer-format",
    area: "deploy",
    title: "a newer release has written here, and the older one is back",
    injected: "each key gets one more record, with a later stamp and a version of the format that this release does not know",
    holds: "the record before it answers, the newer one stays where it is, an event tells; what is loaded later is the last good value",
    quick: true,
    async run(context) {
      const directory = await context.directory();
      const start = { backup: `file:${directory}` };
      const subject = await loaded(context, start);
      const planted = [];
      for (const { path, later } of await newestRecords(directory)) {
        const bytes = await readFile(path);
        bytes[VERSION_AT] = 255;
        await writeFile(later, bytes);
        planted.push(later);
      }
      await allStandIn(subject);
      const stayed = planted.filter((path) => existsSync(path)).length;
      assert.equal(stayed, planted.length);
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await subject.close();
      await allStandIn(await context.start(start));
      return `${told(subject.notes, "backupCorrupt", /newer format/)} records of a newer format were passed over, ${stayed} of ${planted.length} stayed`;
    },
  },
  {
    id: "deploy-newer-database",
    area: "deploy",
    title: "a newer release has changed the SQLite file",
    injected: "the `user_version` of the file is raised between two processes; later it is set back",
    holds: "callers get fresh values; the file is left as it is; what is owed is written once this release may",
    quick: true,
    async run(context) {
      const file = `${await context.directory()}/backups.db`;
      const start = { backup: `sqlite:${file}`, options: { backupTimeout: "4s", backupWait: "4s" } };
      const subject = await loaded(context, start);
      await subject.close();
      const version = setVersion(file, 99);
      const next = await context.start(start);
      allFrom(await next.get(KEYS, LOADS), "loader");
      await allStandIn(next);
      const refused = told(next.notes, "backupFailed", /has format 99/);
      assert.ok(refused >= KEYS.length, `${refused} calls were refused`);
      setVersion(file, version);
      await durable(context, start, next);
      return `${refused} calls were refused, ${KEYS.length} keys were durable when it was over`;
    },
  },
  {
    id: "deploy-node-24",
    area: "deploy",
    title: "Node 24 takes over, and Node 20 takes it back",
    injected: `a directory is used by this Node, then by Node 24, then by this one, ten times; and by both at once under load`,
    holds: "each answers with what the other has loaded, at once",
    needs: ["node-24"],
    async run(context) {
      const start = { backup: `file:${await context.directory()}` };
      const version = await installNode24();
      const now = await context.start(start);
      const later = await context.start({ ...start, wrap: ON_NODE_24 });
      assert.match(await command("readlink", `/proc/${later.pid}/exe`), /node-24/);
      for (let turn = 0; turn < 10; turn++) {
        const [writer, reader] = turn % 2 === 0 ? [now, later] : [later, now];
        allFrom(await writer.get(KEYS, LOADS), "loader");
        await allStandIn(reader);
      }
      await now.work(KEYS, { options: LOADS, pauseMs: 20 });
      await later.work(KEYS.map((key) => `other ${key}`), { options: LOADS, pauseMs: 20 });
      await command("sleep", "2");
      await Promise.all([now.rest(), later.rest()]);
      await Promise.all([now.call("flush"), later.call("flush")]);
      await allStandIn(later);
      return `Node ${process.version} and ${version}: 10 turns, ${told(context.log, "backupWritten")} writes by both`;
    },
  },
];

/** @param {string} file @param {number} version @returns {number} The version before. */
function setVersion(file, version) {
  const database = new Database(file);
  const before = /** @type {number} */ (database.pragma("user_version", { simple: true }));
  database.pragma(`user_version = ${version}`);
  database.close();
  return before;
}
