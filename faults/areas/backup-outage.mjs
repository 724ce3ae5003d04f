import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "@lastgood/services";
import { allFrom, keys, sources, told } from "../src/expect.mjs";
import { untilFrom } from "./cache-outage.mjs";

/**
 * @typedef {import("../src/context.mjs").Context} Context
 * @typedef {import("../src/subject.mjs").Start} Start
 *
 * @typedef {object} Outage What happens to a backup store under a process that works.
 * @property {Start} start
 * @property {() => unknown} disturb
 * @property {() => unknown} heal
 * @property {RegExp} tells What events say of it.
 */

const KEYS = keys(5);
/** A server that is written in Python is not to be flooded. */
const OPTIONS = { ttl: "600ms", backupTimeout: "3s" };

/**
 * A backup store breaks under load. Whatever is loaded meanwhile is the answer; with the source down as well, the source's
 * own error is all there is for keys that nothing remembers. When the store is well again the backup has the newest value of every
 * key, also for the next process.
 * @param {Context} context
 * @param {Outage} outage
 * @returns {Promise<string>} What was seen.
 */
export async function backupOutage(context, { start, disturb, heal, tells }) {
  const subject = await context.start({ ...start, options: OPTIONS });
  allFrom(await subject.get(KEYS), "loader");
  await subject.work(KEYS, { pauseMs: 10 });
  await untilFrom(subject, "cache");
  await disturb();
  await untilFrom(subject, "loader");
  await subject.source("down");
  await until(() => assert.ok(told(subject.notes, "backupFailed", tells) + told(subject.notes, "backupCorrupt", tells) > 0, `nothing was told like ${tells}`));
  await heal();
  await untilFrom(subject, "backup");
  await subject.rest();
  await subject.source("up");
  await pause(700);
  allFrom(await subject.get(KEYS), "loader");
  await until(() => subject.call("flush"));
  await subject.close();
  const next = await context.start({ ...start, options: OPTIONS });
  await next.source("down");
  allFrom(await next.get(KEYS), "backup");
  const failures = told(subject.notes, "backupFailed");
  return `${sources(context.log)}; ${failures} failures of the backup told, ${KEYS.length} of ${KEYS.length} keys there for the next process`;
}
