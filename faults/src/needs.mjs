/** What faults need of a machine, and how it gets that. */

import { readFileSync } from "node:fs";
import { install, serviceNames } from "@lastgood/services";
import { installNode24 } from "./machine/node-24.mjs";

/** @type {Record<string, { check: string[][], debian: string[] }>} */
const tools = JSON.parse(readFileSync(new URL("../tools.json", import.meta.url), "utf8"));

/** @type {Map<string, Promise<string | undefined>>} */
const looked = new Map();

/**
 * Installs it where it is missing and that can be done.
 * @param {string} need A service, a tool of tools.json, "node-24" or "root".
 * @returns {Promise<string | undefined>} Why the machine does not have it.
 */
export function missing(need) {
  const known = looked.get(need) ?? provide(need);
  looked.set(need, known);
  return known;
}

/** @param {string} need */
async function provide(need) {
  if (need === "node-24") return installNode24().then(() => undefined, (error) => `Node 24 cannot be installed: ${error.message}`);
  if (need === "root") return process.getuid?.() === 0 ? undefined : "it has to be run as root";
  const programs = serviceNames().includes(need) ? need : tools[need];
  if (programs === undefined) throw new RangeError(`nobody knows what "${need}" is: it is no service, and not in tools.json`);
  try {
    await install(programs);
    return undefined;
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}
