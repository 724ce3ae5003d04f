/** How long the event loop is held while a datastore writes a thousand backups a second. */

import { monitorEventLoopDelay } from "node:perf_hooks";
import { Datastore, noCache } from "../contenders/lastgood.mjs";
import { backups } from "../contenders/protocols.mjs";
import { newFolder } from "../folder.mjs";

/**
 * @typedef {{ p50: number, p99: number, longest: number, writtenPerSecond: number }} Held Times in milliseconds.
 */

/** @param {{ store: string, seconds: number, perSecond: number, s3?: object }} params @returns {Promise<Held>} */
export default async function eventLoop({ store, seconds, perSecond, s3 }) {
  const directory = await newFolder();
  const backup = backups[store]?.({ directory, ...(s3 && { s3 }) });
  const datastore = new Datastore({ cache: noCache, backup: backup ?? fail(store), backupWait: 0 });
  let written = 0;
  datastore.on("backupWritten", () => written++);
  const value = { text: "x".repeat(1_000) };
  const get = async (/** @type {number} */ index) => datastore.get(`key:${index}`, async () => value);
  await pace(get, 0, perSecond, 0.5);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const before = written;
  delay.enable();
  await pace(get, perSecond, perSecond, seconds);
  delay.disable();
  const milliseconds = (/** @type {number} */ nanoseconds) => nanoseconds / 1e6;
  return {
    p50: milliseconds(delay.percentile(50)),
    p99: milliseconds(delay.percentile(99)),
    longest: milliseconds(delay.max),
    writtenPerSecond: (written - before) / seconds,
  };
}

/**
 * Calls as often as `perSecond` says, whether those before are over or not: callers do not wait for each other.
 * @param {(index: number) => Promise<unknown>} call @param {number} first @param {number} perSecond @param {number} seconds
 */
async function pace(call, first, perSecond, seconds) {
  const began = performance.now();
  const total = perSecond * seconds;
  for (let count = 0; count < total; ) {
    const due = Math.min(total, ((performance.now() - began) * perSecond) / 1_000);
    for (; count < due; count++) call(first + count).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** @param {string} store @returns {never} */
function fail(store) {
  throw new RangeError(`there is no backup ${store}`);
}
