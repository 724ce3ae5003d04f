/** A machine that loses its power while it writes, again and again. */

import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "@lastgood/services";
import { gets, violations } from "../oracle.mjs";
import { loopDisk } from "./disk.mjs";
import { LOADS } from "./steps.mjs";

/** @typedef {import("../context.mjs").Context} Context */
/** @typedef {Parameters<typeof loopDisk>[1]} FileSystem */
/** @typedef {import("./steps.mjs").Start} Start */

/** A write that is answered counts as durable: so nobody is answered before it is. */
const PATIENT = { backupWait: "20s", backupTimeout: "20s" };

/**
 * Each run: a process loads a few keys over and over; at some moment it stands still, the power of its disk goes, and the
 * process with it. The disk is mounted again, and another process, whose source is down, asks for every key.
 * @param {Context} context
 * @param {{ runs: number, fileSystem: FileSystem, mount?: string, store: (path: string) => Start }} how
 * @returns {Promise<{ answers: number, damaged: number }>} Answers before the cuts; runs in which the oracle found something.
 */
export async function cutPower(context, { runs, fileSystem, mount, store }) {
  const disk = await loopDisk(context, fileSystem, mount);
  let answers = 0;
  let damaged = 0;
  for (let run = 0; run < runs; run++) {
    const from = context.log.length;
    // The oracle knows keys by their names, and each run has its own.
    const keys = Array.from({ length: 4 }, (_, index) => `run ${run} key ${index}`);
    answers += await untilTheCut(context, disk, store(disk.path), keys, run);
    await disk.plugOut();
    await disk.plugIn();
    const next = await context.start(withPatience(store(disk.path)));
    await next.source("down");
    await next.get(keys, LOADS);
    await next.close();
    if (violations(context.log.slice(from)).length > 0) damaged++;
  }
  return { answers, damaged };
}

/** @param {Context} context @param {Awaited<ReturnType<typeof loopDisk>>} disk @param {Start} start @param {readonly string[]} keys @param {number} run */
async function untilTheCut(context, disk, start, keys, run) {
  const subject = await context.start(withPatience(start));
  const answered = () => gets(subject.notes).length;
  for (const key of keys) void subject.work([key], { options: LOADS });
  await until(() => {
    if (answered() < 3 * keys.length) throw new Error("the process has not been answered yet");
  });
  await pause((run * 7) % 40);
  await standStill(subject.pid);
  const before = answered();
  await disk.cutPower();
  await subject.kill();
  return before;
}

/** Nobody is answered after the cut: what was answered before it is what counts. @param {number} pid */
async function standStill(pid) {
  process.kill(pid, "SIGSTOP");
  await until(async () => {
    const threads = await readFile(`/proc/${pid}/stat`, "utf8");
    if (!/\) T /.test(threads)) throw new Error("the process still runs");
  });
  // What it had written down by then is read.
  await pause(20);
}

/** @param {Start} start @returns {Start} */
function withPatience(start) {
  return { ...start, options: { ...start.options, ...PATIENT } };
}
