import type { Readable } from "node:stream";

/** More than any pipe buffer holds, so everything that the command itself wrote is within this. */
const MOST_HELD_BACK = 8 * 2 ** 20;

/**
 * Reads what a process had written when it exited, then closes the pipe. The pipe may never end by itself: programs that
 * the command left running may keep it open for days, and write to it.
 */
export async function readHeldBack(output: Readable): Promise<void> {
  let read = 0;
  let before: number;
  const count = (chunk: Uint8Array): void => void (read += chunk.byteLength);
  output.on("data", count);
  do {
    before = read;
    await turnOfEventLoop();
  } while (read > before && read < MOST_HELD_BACK);
  output.off("data", count);
  output.destroy();
}

/** Resolves after the event loop has polled every stream once. */
async function turnOfEventLoop(): Promise<void> {
  // Twice, because the first one may run in the middle of a turn.
  for (const _ of [1, 2]) await new Promise((resolve) => setImmediate(resolve));
}
