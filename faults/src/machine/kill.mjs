/** A process that is killed right before each system call of a write. */

import assert from "node:assert/strict";
import { allFrom } from "../expect.mjs";
import { LOADS } from "./steps.mjs";
import { FILE_CALLS, trace } from "./strace.mjs";

/** @typedef {import("../context.mjs").Context} Context */
/** @typedef {Parameters<Context["start"]>[0]} Start */

/** All file calls of a process come from one thread then, and can be counted. */
const ONE_THREAD = { UV_THREADPOOL_SIZE: "1" };

/** Before the call that comes after one of these, everything is as it was before it. */
const LOOKS = new Set(["statx", "newfstatat", "pread64", "read", "getdents64"]);

/**
 * One process for each call of a write that is about the store and does not merely look, killed right before it: each with
 * a key of its own in the one store. Then another process, whose source is down, asks for every key.
 * @param {Context} context
 * @param {{ start: Start, about: string, known: boolean }} how `known`: the keys have two generations already; else they are new.
 */
export async function killAtEveryCall(context, { start: given, about, known }) {
  // A thread has to start and recover what was left, on a machine that does other things as well.
  const start = { ...given, env: ONE_THREAD, options: { backupTimeout: "10s", backupWait: "10s" } };
  const calls = await callsOfWrite(context, start, about, known);
  const keys = calls.map((_, turn) => `key ${turn}`);
  if (known) await write(context, start, [...keys, ...keys]);

  let killed = 0;
  for (const [turn, { name, count }] of calls.entries()) {
    const subject = await context.start(start);
    await subject.get(["first"], LOADS);
    const tracing = await trace(subject.pid, { calls: FILE_CALLS, inject: `signal=SIGKILL:when=${count}`, only: name });
    await subject.get([keys[turn] ?? ""], LOADS).catch(() => {});
    killed += subject.isRunning ? 0 : 1;
    await subject.kill();
    await tracing.ended;
  }
  // Threads wake each other up by calls that are counted too, at times one less: then a process gets through.
  assert.ok(killed >= calls.length * 0.9, `${killed} of ${calls.length} processes were killed`);

  const next = await context.start(start);
  await next.source("down");
  const found = (await next.get(keys, LOADS)).filter(({ source }) => source === "backup").length;
  await next.source("up");
  allFrom(await next.get(keys, LOADS), "loader");
  await next.close();
  return `${killed} processes killed, each before another of ${calls.length} calls; ${found} of ${keys.length} keys were answered after it`;
}

/** @param {Context} context @param {Start} start @param {string} about @param {boolean} known */
async function callsOfWrite(context, start, about, known) {
  if (known) await write(context, start, ["counted", "counted"]);
  const subject = await context.start(start);
  await subject.get(["first"], LOADS);
  const tracing = await trace(subject.pid, { calls: FILE_CALLS });
  await subject.get(["counted"], LOADS);
  await tracing.stop();
  await subject.kill();
  return tracing.callsAbout(about).filter(({ name }) => !LOOKS.has(name));
}

/** @param {Context} context @param {Start} start @param {readonly string[]} keys One after the other. */
async function write(context, start, keys) {
  const subject = await context.start(start);
  for (const key of keys) allFrom(await subject.get([key], LOADS), "loader");
  await subject.close();
}
