/** Writes that are durable when they resolve, of new ids: one after the other, or many that arrive together. */

import { backupWrite, bareWrite, peersOfWrites } from "../contenders/protocols.mjs";
import { newFolder } from "../folder.mjs";
import { percentile } from "../statistics.mjs";

const MEASURED_MS = 1_000;

/**
 * @param {{ name: string, store: string, bytes: number, together: number, s3?: object }} params
 * @returns {Promise<number>} Microseconds a write.
 */
export default async function durableWrite({ name, store, bytes, together, s3 }) {
  const place = { directory: await newFolder(), ...(s3 && { s3 }) };
  return microseconds(await contender(name, store, place), new Uint8Array(bytes).fill(65), together);
}

/** @param {string} name @param {string} store @param {import("../contenders/protocols.mjs").Place} place */
function contender(name, store, place) {
  if (name === "lastgood") return backupWrite(store, place);
  return peersOfWrites[store]?.[name]?.(place) ?? bareWrite(store, place);
}

/** @param {import("../contenders/protocols.mjs").Write} write @param {Uint8Array} bytes @param {number} together */
async function microseconds(write, bytes, together) {
  let count = 0;
  const batch = () => Promise.all(Array.from({ length: together }, () => write(`record-${count++}`, bytes)));
  for (let warmUp = 0; warmUp < 5; warmUp++) await batch();
  const samples = [];
  for (const end = performance.now() + MEASURED_MS; performance.now() < end || samples.length < 5; ) {
    const began = performance.now();
    await batch();
    samples.push(((performance.now() - began) * 1_000) / together);
  }
  return percentile(samples, 0.5);
}
