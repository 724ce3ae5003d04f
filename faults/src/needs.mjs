/** What faults need of a machine, and how it gets that. */

import { readFileSync } from "node:fs";
import { install, serviceNames } from "@lastgood/services";
import { whyNoDisks } from "./machine/disk.mjs";
import { installNode24 } from "./machine/node-24.mjs";
import { whyNoTracing } from "./machine/strace.mjs";

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

/** What no package brings. Each says why the machine does not have it. @type {Record<string, () => Promise<string | undefined>>} */
const PROBES = {
  root: async () => (process.getuid?.() === 0 ? undefined : "it has to be run as root"),
  disks: whyNoDisks,
  strace: whyNoTracing,
  "node-24": () => installNode24().then(() => undefined, (error) => `Node 24 cannot be installed: ${error.message}`),
};

/** @param {string} need */
async function provide(need) {
  const programs = serviceNames().includes(need) ? need : tools[need];
  if (programs === undefined && PROBES[need] === undefined) throw new RangeError(`nobody knows what "${need}" is: it is no service, and not in tools.json`);
  try {
    if (programs !== undefined) await install(programs);
    return await PROBES[need]?.();
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}
