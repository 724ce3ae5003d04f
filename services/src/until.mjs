import { setTimeout as pause } from "node:timers/promises";

/**
 * Tries until it succeeds: for what a server or a client does in its own time. Fails with the last error after a while.
 *
 * @template T
 * @param {() => T | PromiseLike<T>} attempt
 * @param {number} [patienceMs]
 * @returns {Promise<T>}
 */
export async function until(attempt, patienceMs = 25_000) {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(25);
    }
  }
}

/**
 * What it rejects with; `undefined` if it does not.
 *
 * @param {() => unknown} attempt
 * @returns {Promise<unknown>}
 */
export async function rejection(attempt) {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error;
  }
}
