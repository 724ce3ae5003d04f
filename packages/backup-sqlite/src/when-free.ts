import { setTimeout as delay } from "node:timers/promises";
import { isBusy } from "./errors.ts";

/**
 * Makes the attempt, again and again while another process has the file locked, for `limit` milliseconds in all.
 *
 * This is not trying a failed call again, which is up to the caller: a lock that is taken has only to be waited for,
 * and SQLite knows no other way than to ask. Between attempts this thread is free, so that reads, which can go on
 * while another process has merely begun to write, do go on. The delay is random: two processes that take turns at
 * asking would keep missing their turn.
 */
export async function whenFree<T>(attempt: () => T, limit: number): Promise<T> {
  const giveUpAt = performance.now() + limit; // Monotonic: a duration, not the time of day.
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= giveUpAt) throw error;
    }
    await delay(1 + Math.random() * 9);
  }
}
