/** The loops that are measured. */

import { percentile } from "./statistics.mjs";

const WARM_UP_MS = 400;
const MEASURED_MS = 500;

/** The compiler's threads use processor time too: for contenders with much code up to a quarter of it, until nearly a second has passed. */
const WARM_UP_OF_PROCESSOR_TIME_MS = 1_000;

/**
 * Nanoseconds of one call, the calls one after the other: the median of many batches, once the compiler is done.
 * @param {(index: number) => Promise<unknown>} call Is told how many calls there were before.
 * @param {{ batch?: number, warmUp?: number, measured?: number }} [options]
 * @returns {Promise<number>}
 */
export async function nanosecondsPerCall(call, { batch = 5_000, warmUp = WARM_UP_MS, measured = MEASURED_MS } = {}) {
  let calls = 0;
  const runBatch = async () => {
    const began = process.hrtime.bigint();
    for (const end = calls + batch; calls < end; calls++) await call(calls);
    return Number(process.hrtime.bigint() - began) / batch;
  };
  for (const end = performance.now() + warmUp; performance.now() < end; ) await runBatch();
  const samples = [];
  for (const end = performance.now() + measured; performance.now() < end || samples.length < 5; ) samples.push(await runBatch());
  return percentile(samples, 0.5);
}

/**
 * Nanoseconds of processor time of one call, the calls one after the other, once the compiler is done. Whatever else the machine does is not in
 * them; what the collector of garbage does for these calls is.
 * @param {(index: number) => Promise<unknown>} call Is told how many calls there were before.
 * @param {{ batch?: number, warmUp?: number, measured?: number }} [options]
 * @returns {Promise<number>}
 */
export async function processorTimePerCall(call, { batch = 5_000, warmUp = WARM_UP_OF_PROCESSOR_TIME_MS, measured = MEASURED_MS } = {}) {
  let calls = 0;
  const runUntil = async (/** @type {number} */ end) => {
    while (performance.now() < end) for (const last = calls + batch; calls < last; calls++) await call(calls);
  };
  await runUntil(performance.now() + warmUp);
  const [before, used] = [calls, process.cpuUsage()];
  await runUntil(performance.now() + measured);
  const { user, system } = process.cpuUsage(used);
  return ((user + system) * 1_000) / (calls - before);
}

/**
 * Calls a second, with so many always under way.
 * @param {(index: number) => Promise<unknown>} call
 * @param {number} atOnce
 * @returns {Promise<number>}
 */
export async function callsPerSecond(call, atOnce, { warmUp = WARM_UP_MS, measured = 1_000 } = {}) {
  await keepGoing(call, atOnce, warmUp);
  const began = performance.now();
  const calls = await keepGoing(call, atOnce, measured);
  return calls / ((performance.now() - began) / 1000);
}

/**
 * @param {(index: number) => Promise<unknown>} call
 * @param {number} atOnce
 * @param {number} ms
 */
async function keepGoing(call, atOnce, ms) {
  const end = performance.now() + ms;
  let calls = 0;
  const caller = async () => {
    while (performance.now() < end) await call(calls++);
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return calls;
}

/** Collects what is garbage, and says how much heap is in use. Needs --expose-gc. */
export function heapInUse() {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
