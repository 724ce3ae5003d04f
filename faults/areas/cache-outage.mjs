import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "@lastgood/services";
import { allFrom, keys, sources, told } from "../src/expect.mjs";

/**
 * @typedef {import("../src/run.mjs").Fault} Fault
 * @typedef {import("../src/context.mjs").Context} Context
 * @typedef {import("../src/subject.mjs").Subject} Subject
 *
 * @typedef {object} Outage What happens to a cache while it is asked all the time.
 * @property {string} url Of the cache.
 * @property {() => unknown} disturb
 * @property {() => unknown} [heal]
 * @property {RegExp} [tells] What events say of it; left out where nothing is to be told.
 * @property {Partial<import("../src/subject.mjs").Start>} [start]
 */

const KEYS = keys(20);

/**
 * A cache breaks under load: meanwhile values are loaded, come from the backup when the source is down as well, and
 * afterwards from the cache again.
 * @param {Context} context
 * @param {Outage} outage
 * @returns {Promise<string>} What was seen.
 */
export async function cacheOutage(context, { url, disturb, heal = () => undefined, tells, start = {} }) {
  const subject = await context.start({ cache: url, backup: `file:${await context.directory()}`, ...start });
  allFrom(await subject.get(KEYS), "loader");
  await subject.work(KEYS);
  await untilFrom(subject, "cache");
  await disturb();
  if (tells !== undefined) await until(() => assert.ok(told(subject.notes, "cacheFailed", tells) > 0, `nothing was told like ${tells}`));
  await subject.source("down");
  await untilFrom(subject, "backup");
  await subject.source("up");
  await untilFrom(subject, "loader");
  await heal();
  await untilFrom(subject, "cache");
  await subject.rest();
  return `${sources(subject.notes)}; ${told(subject.notes, "cacheFailed")} failures of the cache told`;
}

/** Waits until some gets of now have been answered from there. @param {Subject} subject @param {"cache" | "loader" | "backup"} source */
export async function untilFrom(subject, source) {
  const before = subject.notes.length;
  const since = () => subject.notes.slice(before).filter((note) => note.note === "get" && note.source === source && note.stale === (source === "backup"));
  await until(() => assert.ok(since().length >= 5, `no gets are answered from the ${source}: ${sources(subject.notes.slice(before))}`), 60_000);
}

/**
 * Does something again and again until the fault is over, or until the function that it returns is called.
 * @param {Context} context
 * @param {() => unknown} act
 * @param {number} everyMs
 * @returns {() => void}
 */
export function repeatedly(context, act, everyMs) {
  const timer = setInterval(act, everyMs);
  const stop = () => clearInterval(timer);
  context.after(stop);
  return stop;
}

/**
 * Stops a server in its tracks, most of the time, until the fault is over or until the function that it returns is called.
 * @param {Context} context
 * @param {import("../src/context.mjs").Service["first"]} server
 * @returns {() => void}
 */
export function slowDown(context, server) {
  let slow = true;
  const run = async () => {
    while (slow) {
      server.pause();
      await pause(400);
      server.resume();
      await pause(50);
    }
  };
  const running = run();
  const stop = () => {
    slow = false;
  };
  context.after(() => (stop(), running));
  return stop;
}
