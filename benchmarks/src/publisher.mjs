/** `node publisher.mjs URL PER_SECOND SECONDS`: announcements of changes, as other processes make them, so many a second; then one change more. */

import { connect } from "node:net";
import { memoryCache } from "@lastgood/cache-memory";
import { redisCache } from "@lastgood/cache-redis";
import { Datastore } from "@lastgood/core";
import { Redis } from "ioredis";
import { noBackup } from "./contenders/lastgood.mjs";
import { keysOf } from "./keys.mjs";

const TICK_MS = 10;
const [url = "", rate = "", duration = ""] = process.argv.slice(2);
const datastore = new Datastore({ cache: [memoryCache(), redisCache(url)], backup: noBackup });

const announced = await announcements(keysOf(1_000));
process.send?.("ready");
const published = await publishSteadily(announced, Number(rate), Number(duration));
await datastore.set("last", "changed", "5m");
process.send?.({ published, at: Date.now() });
await datastore.close();
process.exit(0);

/** Real ones, of real changes, each as the command that published it. @param {readonly string[]} keys */
async function announcements(keys) {
  const listener = new Redis(url);
  /** @type {Buffer[]} */
  const heard = [];
  await listener.subscribe("lastgood:announcements");
  listener.on("messageBuffer", (_channel, message) => heard.push(message));
  for (const key of keys) await datastore.set(key, { price: 42 }, "5m");
  while (heard.length < keys.length) await new Promise((resolve) => setTimeout(resolve, 10));
  await listener.quit();
  return heard.map((message) => Buffer.concat([Buffer.from(`*3\r\n$7\r\nPUBLISH\r\n$22\r\nlastgood:announcements\r\n$${message.length}\r\n`), message, Buffer.from("\r\n")]));
}

/** @param {readonly Buffer[]} commands @param {number} perSecond @param {number} seconds @returns {Promise<number>} How many a second were sent. */
async function publishSteadily(commands, perSecond, seconds) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.resume(); // what Redis answers is how many heard it
  const all = Buffer.concat(Array.from({ length: Math.round((perSecond * TICK_MS) / 1_000) }, (_, index) => /** @type {Buffer} */ (commands[index % commands.length])));
  const began = performance.now();
  const ticks = (seconds * 1_000) / TICK_MS;
  for (let tick = 0; tick < ticks; tick++) {
    const wait = began + tick * TICK_MS - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (!socket.write(all)) await new Promise((resolve) => socket.once("drain", resolve));
  }
  const elapsed = (performance.now() - began) / 1_000;
  await new Promise((resolve) => socket.end(() => resolve(undefined)));
  return (ticks * all.length) / averageLength(commands) / elapsed;
}

/** @param {readonly Buffer[]} commands */
function averageLength(commands) {
  return commands.reduce((sum, { length }) => sum + length, 0) / commands.length;
}
