import cluster from "node:cluster";
import { Interruption } from "../terminal/interruption.ts";

/** What the processes of one proxy say to one another, through the first of them. */
export interface Message {
  readonly invalidate: readonly string[];
}

/** Tells the other workers that what these URLs have answered is not fresh any more: each has a cache of its own. */
export function tellOthers(urls: readonly string[]): void {
  process.send?.({ invalidate: urls } satisfies Message);
}

/** Calls this for each such message of another worker. */
export function hearOthers(invalidate: (urls: readonly string[]) => Promise<void>): void {
  process.on("message", ({ invalidate: urls }: Message) => void invalidate(urls));
}

/** Runs work whose signal is aborted by SIGTERM, which the first process sends. Ctrl-C reaches every process of a terminal, and is for the first one to judge. */
export async function untilToldToStop<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  process.on("SIGTERM", () => controller.abort(new Interruption("SIGTERM")));
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
  // Nobody stops listening: until it ends, this process is a worker.
  return await work(controller.signal);
}

/** Lets this process end: as long as it can hear others, it goes on. */
export function leaveOthers(): void {
  cluster.worker?.disconnect();
}
