// Writes records to several ids at once, and prints "<id> <stamp>" when one has been acknowledged.
// Parameters: the first stamp, how many records an id gets, the ids.
import { writeSync } from "node:fs";
import { backup, parameters } from "./backup.mjs";
import { payload } from "./payload.mjs";

const [first, count, ...ids] = parameters;

/** @param {string} id */
async function writeAll(id) {
  for (let stamp = Number(first); stamp < Number(first) + Number(count); stamp++) {
    await backup.write(id, payload(id, stamp), { loadedAt: stamp, usedAt: stamp });
    writeSync(1, `${id} ${stamp}\n`);
  }
}

await Promise.all(ids.map(writeAll));
