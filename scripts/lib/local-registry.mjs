/** A registry of npm on this machine, for the rehearsal of a release: verdaccio, from npm itself. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../services/src/index.mjs";
import { must } from "./packing.mjs";

/** The newest that runs on Node 20. A dependency asks for a tag of node-fetch, which a mirror of npm may not have: it stands for this version. */
const MANIFEST = { private: true, dependencies: { verdaccio: "6.2.4" }, overrides: { "node-fetch": "2.6.7" } };
const UNTIL_UP_MS = 60_000;

/**
 * @param {string} folder An empty folder, for verdaccio and what is published to it.
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startRegistry(folder) {
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), JSON.stringify(MANIFEST));
  await must("verdaccio could not be installed", ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"], { cwd: folder });
  const upstream = (await must("npm did not name its registry", ["npm", "config", "get", "registry"])).trim();
  const port = await freePort();
  await writeFile(join(folder, "config.yaml"), configuration(upstream));
  const program = join(folder, "node_modules/verdaccio/bin/verdaccio");
  const child = spawn(process.execPath, [program, "--config", join(folder, "config.yaml"), "--listen", `127.0.0.1:${port}`], { cwd: folder, stdio: "ignore" });
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill();
    await ended;
  };
  const url = `http://127.0.0.1:${port}/`;
  if (await isUp(url)) return { url, stop };
  await stop();
  throw new Error(`verdaccio did not answer on ${url} within ${UNTIL_UP_MS} ms`);
}

/** Ours are here alone; all else comes through from the registry of this machine. @param {string} upstream */
function configuration(upstream) {
  const ours = "{ access: $all, publish: $all, unpublish: $all }";
  return `storage: ./storage
uplinks: { upstream: { url: "${upstream}" } }
packages:
  "@lastgood/*": ${ours}
  "lastgood": ${ours}
  "**": { access: $all, proxy: upstream }
auth: { htpasswd: { file: ./htpasswd } }
log: { type: file, path: ./verdaccio.log, level: warn }
`;
}

/** @param {string} url */
async function isUp(url) {
  const deadline = performance.now() + UNTIL_UP_MS;
  while (performance.now() < deadline) {
    const answer = await fetch(new URL("-/ping", url)).catch(() => undefined);
    if (answer?.ok) return true;
    await pause(200);
  }
  return false;
}
