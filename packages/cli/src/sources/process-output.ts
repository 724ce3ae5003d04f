import type { Readable } from "node:stream";

/** More than the system holds back of what a process has written: all of a command's own output is within it. */
const MOST_HELD_BACK = 8 * 2 ** 20;

/**
 * Reads the output that a process had written by the time it exited, and lets go of the rest. The output need not end:
 * programs that the command has left running may keep it open for days, and may write to it.
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

/** Resolves after the event loop has looked at every stream once. */
async function turnOfEventLoop(): Promise<void> {
  // The first may come in the middle of a turn.
  for (const _ of [1, 2]) await new Promise((resolve) => setImmediate(resolve));
}
