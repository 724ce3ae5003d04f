/** The same answer of a loopback server, again and again: from the server, or from what is kept. */

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { lastGoodFetch } from "@lastgood/http";
import { nanosecondsPerCall } from "../loops.mjs";

const SERVER = fileURLToPath(new URL("../fetched-server.mjs", import.meta.url));

/** @param {{ by: string }} params @returns {Promise<number>} Nanoseconds of an answer whose text has been read. */
export default async function fetchAgain({ by }) {
  const server = fork(SERVER);
  const [port] = await once(server, "message");
  const kept = lastGoodFetch(new Datastore({ cache: memoryCache(), backup: memoryBackup() }));
  const ask = by === "fetch" ? fetch : kept;
  const nanoseconds = await nanosecondsPerCall(async () => (await ask(`http://127.0.0.1:${port}/rates.json`)).text(), { batch: by === "fetch" ? 100 : 1_000 });
  server.kill();
  return nanoseconds;
}
