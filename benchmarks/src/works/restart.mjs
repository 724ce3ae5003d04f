/** A process that has restarted in an outage: its cache is empty, the source fails, and each key is asked for once. */

import { mkdirSync } from "node:fs";
import { contendersOfRestarts } from "../contenders/restart.mjs";
import { keysOf } from "../keys.mjs";

/** @param {{ name: string, keys: number, directory: string, isDown: boolean }} params @returns {Promise<number>} Milliseconds a get. */
export default async function restart({ name, keys: count, directory, isDown }) {
  mkdirSync(directory, { recursive: true });
  const open = contendersOfRestarts[name];
  if (open === undefined) throw new RangeError(`there is no contender ${name}`);
  const load = async (/** @type {string} */ key) => {
    if (isDown) throw new Error("the source is down");
    return { id: key, price: 42, text: "x".repeat(200) };
  };
  const { get, close } = await open(directory, load);
  const began = performance.now();
  for (const key of keysOf(count)) {
    const answer = /** @type {{ id?: string }} */ (await get(key));
    if (answer.id !== key) throw new Error(`${name} answered ${JSON.stringify(answer)} for ${key}`);
  }
  const milliseconds = performance.now() - began;
  await close();
  return milliseconds / count;
}
