import { setTimeout as pause } from "node:timers/promises";
import type { Awaitable } from "@lastgood/core/adapter";

/** Tries until it succeeds: for what a server or a client does in its own time. Fails with the last error after a while. */
export async function until<T>(attempt: () => Awaitable<T>, patienceMs = 25_000): Promise<T> {
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

/** What it rejects with; `undefined` if it does not. */
export async function rejection(attempt: () => Awaitable<unknown>): Promise<unknown> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error;
  }
}
