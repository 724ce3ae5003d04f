import { setTimeout as delay } from "node:timers/promises";
import { isBusy } from "./errors.ts";

/**
 * Repeats the attempt while another process has the file locked, for up to `limit` milliseconds in all.
 *
 * This is no retry of a failed call, which is up to the caller: SQLite can wait for a lock only by polling. Between
 * attempts the thread is free, so reads can run while another process has merely begun to write. The delay is random,
 * because two processes that poll in step would keep missing their turn.
 */
export async function whenFree<T>(attempt: () => T, limit: number): Promise<T> {
  const giveUpAt = performance.now() + limit; // monotonic, unlike the time of day
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= giveUpAt) throw error;
    }
    await delay(1 + Math.random() * 9);
  }
}
