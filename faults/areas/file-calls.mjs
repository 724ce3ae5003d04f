/** The kernel refuses what the directory of backups asks of it, call by call. */

import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { allFrom, keys, told } from "../src/expect.mjs";
import { newestRecords } from "../src/machine/records.mjs";
import { allStandIn, durable, LOADS } from "../src/machine/steps.mjs";
import { FILE_CALLS, trace, traceThread } from "../src/machine/strace.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault @typedef {import("../src/context.mjs").Context} Context */
/** @typedef {import("../src/machine/strace.mjs").Call} Call */
/** @typedef {import("../src/machine/steps.mjs").Subject} Subject */

const KEYS = keys(5);
/** All file calls of a process come from one thread then, and can be counted. */
const ONE_THREAD = { UV_THREADPOOL_SIZE: "1" };

/** A process with one thread for files, which has written all keys twice. @param {Context} context */
async function warmed(context) {
  const directory = await context.directory();
  const start = { backup: `file:${directory}`, env: ONE_THREAD };
  const subject = await context.start(start);
  for (let generation = 0; generation < 2; generation++) allFrom(await subject.get(KEYS, LOADS), "loader");
  return { directory, start, subject };
}

/**
 * The file calls that it takes to write a key anew. Not `write` itself: the thread also writes to wake the other threads up,
 * and never the same number of times. A disk that is full and a limit to the size of files are faults of their own.
 * @param {Subject} subject @param {string} directory @param {string} key
 */
async function callsOfWrite(subject, directory, key) {
  // Writes that failed before and are repeated at this moment would be counted with it.
  await subject.call("flush");
  const tracing = await trace(subject.pid, { calls: FILE_CALLS });
  await subject.get([key], LOADS);
  await tracing.stop();
  return tracing.callsAbout(directory).filter(({ name }) => name !== "write");
}

/**
 * One call of a write fails: the one of this name, about this.
 * @param {Pick<Fault, "id" | "title"> & { call: string, about: RegExp, count?: number }} fault
 * @returns {Fault}
 */
function failsOnce({ id, title, call, about }) {
  return {
    id,
    area: "file system",
    title,
    injected: `strace answers the first \`${call}\` of the writing thread that is about ${about.source.includes("tmp-") ? "a record on its way" : "the directory of a record"} with EIO, in ten writes`,
    holds: "the caller gets the fresh value, an event tells, the write is repeated with a new file, and after a crash the value is there",
    needs: ["strace"],
    async run(context) {
      const { directory, start, subject } = await warmed(context);
      let hits = 0;
      for (let turn = 0; turn < 10; turn++) {
        const key = KEYS[turn % KEYS.length] ?? "";
        const at = (await callsOfWrite(subject, directory, key)).find(({ name, line }) => name === call && about.test(line));
        assert.ok(at, `no ${call} was seen that is about ${about}`);
        const tracing = await traceThread(at.thread, { calls: call, inject: `error=EIO:when=${at.count}` });
        allFrom(await subject.get([key], LOADS), "loader");
        await tracing.stop();
        hits += tracing.injected;
      }
      const failed = told(subject.notes, "backupFailed", /EIO/);
      assert.ok(hits === 10 && failed >= 10, `${hits} calls failed, ${failed} events`);
      await durable(context, start, subject, KEYS);
      return `${hits} calls failed, ${failed} events told of it, ${told(subject.notes, "backupWritten")} writes were made durable`;
    },
  };
}

/**
 * Each file call of a write fails once, one after the other.
 * @param {string} error @param {string} id @param {string} title
 * @returns {Fault}
 */
function eachFails(error, id, title) {
  return {
    id,
    area: "file system",
    title,
    injected: `strace answers the first file call of a write with ${error}, then the second of the next write, up to the last: for new keys and for known ones`,
    holds: "every caller gets the fresh value; what fails is repeated; after a crash each value is there",
    needs: ["strace"],
    async run(context) {
      const { directory, start, subject } = await warmed(context);
      // The key that is traced may be the first one in its directory, and the keys after it are not: they make fewer calls.
      const news = await failEach(subject, await callsOfWrite(subject, directory, "new"), { error, keyOf: (turn) => `new ${turn}`, least: 0.5 });
      const known = await failEach(subject, await callsOfWrite(subject, directory, "key 1"), { error, keyOf: (turn) => KEYS[turn % KEYS.length] ?? "", least: 0.8 });
      await durable(context, start, subject, [...news.keys, ...known.keys]);
      const failed = told(subject.notes, "backupFailed", new RegExp(error));
      return `${news.hits} calls failed in writes of new keys, ${known.hits} in writes of known ones; ${failed} writes failed for it and were repeated`;
    },
  };
}

/**
 * @param {Subject} subject
 * @param {readonly Call[]} calls
 * @param {{ error: string, keyOf: (turn: number) => string, least: number }} how `least` is the share of the calls that must have failed.
 */
async function failEach(subject, calls, { error, keyOf, least }) {
  let hits = 0;
  for (const [turn, { thread, name, count }] of calls.entries()) {
    const tracing = await traceThread(thread, { calls: name, inject: `error=${error}:when=${count}` });
    allFrom(await subject.get([keyOf(turn)], LOADS), "loader");
    await tracing.stop();
    hits += tracing.injected;
  }
  // A write that has failed early makes fewer calls than the one that was counted, never none.
  assert.ok(hits >= least * calls.length, `${hits} of ${calls.length} calls were answered with ${error}`);
  return { hits, keys: Array.from(new Set(calls.map((_, turn) => keyOf(turn)))) };
}

/** @type {readonly Fault[]} */
export const fileCallFaults = [
  failsOnce({ id: "fs-fsync-file", title: "the flush of a record fails", call: "fsync", about: /tmp-/ }),
  failsOnce({ id: "fs-fsync-directory", title: "the flush of a directory fails", call: "fsync", about: /(?!.*tmp-)/ }),
  failsOnce({ id: "fs-rename", title: "the rename of a record fails", call: "rename", about: /tmp-/ }),
  failsOnce({ id: "fs-close", title: "the close of a record fails", call: "close", about: /tmp-/ }),
  eachFails("EIO", "fs-each-call-eio", "each call of a write fails with EIO"),
  eachFails("ENOSPC", "fs-each-call-enospc", "each call of a write fails with ENOSPC"),
  eachFails("EMFILE", "fs-each-call-emfile", "each call of a write fails with EMFILE"),
  {
    id: "fs-record-unreadable",
    area: "file system",
    title: "the newest record cannot be read",
    injected: "each key gets one more record, and strace answers every read of that with EIO, as a disk does that has a bad sector; the source is down",
    holds: "the record before it answers",
    needs: ["strace"],
    async run(context) {
      const { directory, subject } = await warmed(context);
      const newest = await newestRecords(directory);
      for (const { path, later } of newest) await copyFile(path, later);
      const tracing = await trace(subject.pid, { calls: "read,pread64", inject: "error=EIO", paths: newest.map(({ later }) => later) });
      await allStandIn(subject, KEYS);
      await tracing.stop();
      assert.ok(tracing.injected >= KEYS.length, `${tracing.injected} reads failed`);
      await allStandIn(subject, KEYS);
      return `${tracing.injected} reads failed, and ${KEYS.length} keys were answered from the record before`;
    },
  },
  {
    id: "fs-flush-hangs",
    area: "file system",
    title: "flushes hang",
    injected: "strace holds every `fsync` of the process for 8 s, while some keys are loaded and the source of others goes down",
    holds: "callers wait no longer than their deadlines; keys that are not being written are answered from their backups all the while",
    needs: ["strace"],
    async run(context) {
      const directory = await context.directory();
      const start = { backup: `file:${directory}` };
      const subject = await context.start(start);
      const writers = keys(40).map((key) => `written ${key}`);
      allFrom(await subject.get([...KEYS, ...writers], LOADS), "loader");
      const tracing = await trace(subject.pid, { calls: "fsync", inject: "delay_enter=8000000" });
      for (let round = 0; round < 3; round++) allFrom(await subject.get(writers.slice(round * 10, round * 10 + 10), LOADS), "loader");
      await subject.source("down");
      let answered = 0;
      for (let round = 0; round < 5; round++) answered += (await subject.get(KEYS, LOADS)).filter(({ source }) => source === "backup").length;
      const hung = told(subject.notes, "backupFailed", /did not answer write|was not asked to write/);
      assert.ok(hung > 0, "no write hung");
      await subject.kill();
      await tracing.ended;
      return `${hung} writes hung or waited behind those, ${answered} gets of other keys were answered from their backups meanwhile`;
    },
  },
];
