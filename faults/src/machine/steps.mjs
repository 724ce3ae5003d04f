/** What many faults do one after the other. */

import { until } from "@lastgood/services";
import { allFrom, keys } from "../expect.mjs";

/** @typedef {import("../context.mjs").Context} Context */
/** @typedef {Parameters<Context["start"]>[0]} Start */
/** @typedef {Awaited<ReturnType<Context["start"]>>} Subject */

/** Each get loads: nothing is cached. */
export const LOADS = { ttl: 0 };

export const KEYS = keys(10);

/** Root without its capabilities is like anybody else: what permissions say holds for it. */
export const ORDINARY = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : [];

/** A process that has loaded every key. @param {Context} context @param {Start} start */
export async function loaded(context, start) {
  const subject = await context.start(start);
  allFrom(await subject.get(KEYS, LOADS), "loader");
  return subject;
}

/** Every key is answered from its backup. @param {Subject} subject @param {readonly string[]} [all] */
export async function allStandIn(subject, all = KEYS) {
  await subject.source("down");
  allFrom(await subject.get(all, LOADS), "backup");
  await subject.source("up");
}

/**
 * What is owed gets written, and is there after a crash.
 * @param {Context} context @param {Start} start @param {Subject} subject @param {readonly string[]} [all]
 */
export async function durable(context, start, subject, all = KEYS) {
  await until(() => subject.call("flush"));
  await subject.kill();
  await allStandIn(await context.start(start), all);
}
