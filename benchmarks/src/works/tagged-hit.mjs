/** A hit, where tags are in use or not. */

import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { keysOf, zipf } from "../keys.mjs";
import { processorTimePerCall } from "../loops.mjs";

const MASK = 2 ** 16 - 1;

/**
 * Whether half of the keys have tags, and which half is measured.
 * @type {Record<string, { tagged: boolean, measured: "plain" | "tagged" }>}
 */
const kinds = {
  "no tags anywhere": { tagged: false, measured: "plain" },
  "no tags, beside entries with tags": { tagged: true, measured: "plain" },
  "two tags": { tagged: true, measured: "tagged" },
};

/** @param {{ kind: string, keys: number }} params @returns {Promise<number>} Nanoseconds of processor time. */
export default async function taggedHit({ kind, keys: count }) {
  const { tagged, measured } = /** @type {(typeof kinds)[string]} */ (kinds[kind]);
  const keys = keysOf(count);
  // The marks of the tags are entries too: there is room for all, so that each get is a hit.
  const datastore = new Datastore({ cache: memoryCache({ maxEntries: 2 * count + 10 }), backup: memoryBackup() });
  const load = () => ({ price: 42 });
  const ttl = /** @type {const} */ ("5m");
  const options = { plain: { ttl }, tagged: { ttl, tags: tagged ? ["prices", "shop:7"] : [] } };
  const get = (/** @type {"plain" | "tagged"} */ which, /** @type {string} */ key) => datastore.get(`${which}:${key}`, load, options[which]);
  for (const key of keys) await get("plain", key);
  for (const key of keys) await get("tagged", key);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const wanted = zipf(keys, MASK + 1);
  return processorTimePerCall((index) => get(measured, wanted[index & MASK] ?? ""));
}
