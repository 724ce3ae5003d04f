// Writes a small record, one that the limit on the size of files does not let it write whole, and a small one again.
import { backup } from "./backup.mjs";

// Else the signal that comes with the limit ends the process. Handled, it leaves what a full disk does: a write cut short.
process.on("SIGXFSZ", () => undefined);

/**
 * @param {number} loadedAt
 * @param {number} length
 */
async function write(loadedAt, length) {
  try {
    await backup.write("id", new Uint8Array(length).fill(loadedAt), { loadedAt, usedAt: loadedAt });
    console.log("written");
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
  }
}

await write(1, 1000);
await write(2, 1_000_000);
await write(3, 1000);
