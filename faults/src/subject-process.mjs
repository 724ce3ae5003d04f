/**
 * The process under test: a datastore on real adapters, which the environment names. It does what it is told by lines of
 * JSON, and writes down what came of it as lines of JSON, each at once: it may be killed at any moment.
 */

import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";
import { compressedCodec, encryptedCodec, fromEnv, jsonCodec, notShrunk } from "@lastgood/core";
import { machineNow, pulse } from "./fleet/lateness.mjs";
import { isOwn, Source } from "./source.mjs";
import { makeValue } from "./value.mjs";

/**
 * @typedef {import("./orders.mjs").Order} Order
 * @typedef {import("./orders.mjs").Setup} Setup
 * @typedef {import("@lastgood/core").EventName} EventName
 * @typedef {import("@lastgood/core").AdapterFactory} AdapterFactory
 */

/** Loaded where they are named: the whole of them takes a while. @type {Record<string, () => Promise<AdapterFactory>>} */
const ADAPTERS = {
  memory: async () => (await import("@lastgood/cache-memory")).memoryCache,
  redis: async () => (await import("@lastgood/cache-redis")).redisCache,
  memcached: async () => (await import("@lastgood/cache-memcached")).memcachedCache,
  file: async () => (await import("@lastgood/backup-fs")).fsBackup,
  sqlite: async () => (await import("@lastgood/backup-sqlite")).sqliteBackup,
  s3: async () => (await import("@lastgood/backup-s3")).s3Backup,
  postgres: async () => (await import("@lastgood/backup-postgres")).postgresBackup,
};

const CODECS = {
  json: () => jsonCodec,
  compressed: () => compressedCodec(),
  encrypted: () => encryptedCodec({ keys: [{ id: "1", secret: Buffer.alloc(32, 1) }] }),
};

/** @type {readonly EventName[]} */
const EVENTS = ["loadFailed", "fallback", "recovered", "cacheFailed", "backupFailed", "backupCorrupt", "backupSkipped", "backupWritten", "culled", "backgroundFailed"];

// What the environment is for is known to whoever reads this file; what is in it is written by Subject.
const setup = /** @type {Setup} */ (JSON.parse(process.env["FAULTS_SETUP"] ?? "{}"));

/** A pipe that is full takes a part, or nothing. @param {object} note */
function write(note) {
  for (let rest = Buffer.from(`${JSON.stringify(note)}\n`); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EAGAIN") throw error;
    }
  }
}

/** @param {string} trouble @returns {(reason: unknown) => void} */
function troubled(trouble) {
  return (reason) => write({ note: "trouble", trouble, message: inspect(reason) });
}

process.on("unhandledRejection", troubled("a rejection that nobody holds"));
process.on("warning", (warning) => {
  // The SDK of S3 says so of every Node that it is to give up next.
  if (!warning.message.startsWith("NodeVersionSupportWarning")) troubled("a warning")(warning);
});
process.on("uncaughtException", (error) => {
  troubled("an exception that nobody catches")(error);
  process.exit(70);
});

const systemNow = Date.now;

/** Sets the clock of this process. @param {number} aheadMs */
function setClock(aheadMs) {
  Date.now = () => systemNow() + aheadMs;
}

if (setup.aheadMs !== undefined) setClock(setup.aheadMs);
if (setup.fleet) pulse((span) => write({ note: "pulse", ...span }));

const source = new Source();
const datastore = await open();
/** Those of a datastore that take what JSON can say. */
const methods = /** @type {Record<string, (...args: readonly unknown[]) => unknown>} */ (/** @type {unknown} */ (datastore));
for (const event of EVENTS) {
  datastore.on(event, (told) => {
    const { key, error, reason, operation } = /** @type {{ key?: string, error?: unknown, reason?: string, operation?: string }} */ (told);
    const message = [operation, reason, error === undefined ? undefined : String(error)].filter((part) => part !== undefined).join(": ");
    write({ note: "event", event, at: machineNow(), key, message, ...(setup.verbose && { details: inspect(told, { depth: 9, showHidden: true }) }) });
  });
}

async function open() {
  const urls = [process.env["LASTGOOD_CACHE_URL"], process.env["LASTGOOD_BACKUP_URL"]].flatMap((list) => list?.split(",") ?? []);
  const known = Object.entries(ADAPTERS).flatMap(([scheme, load]) => (urls.some((url) => url.startsWith(`${scheme}:`)) ? [load] : []));
  /** @type {AdapterFactory[]} */
  const adapters = await Promise.all(known.map((load) => load()));
  for (const module of setup.adapters ?? []) adapters.push(...Object.values(await import(module)));
  const { codec, keepsSize, ...options } = setup.options ?? {};
  return fromEnv({
    adapters,
    .../** @type {Partial<import("@lastgood/core").DatastoreOptions>} */ (options), // fromEnv checks the durations
    ...(codec && { codec: CODECS[codec]() }),
    ...(keepsSize && { validate: notShrunk(0.5) }),
  });
}

/** @param {string} key @param {Extract<Order, { do: "get" }> & { number: number }} order */
async function get(key, { number, withinMs, options }) {
  const began = machineNow();
  /** @param {object} outcome */
  const ended = (outcome) => write({ note: "get", order: number, key, began, ended: machineNow(), withinMs, ...outcome });
  try {
    const load = setup.fleet ? notedLoad(key, began) : source.load;
    const { value, loadedAt, source: from, stale } = await datastore.getResult(key, load, /** @type {import("@lastgood/core").GetOptions} */ (options)); // core checks the durations
    ended({ value, loadedAt, source: from, stale, ...(source.state === "unserialisable" && { unkept: true }) });
  } catch (reason) {
    const { name, message, code } = /** @type {Error & { code?: string }} */ (Object(reason));
    ended({ error: { name: name ?? typeof reason, message: message ?? inspect(reason), code, own: isOwn(reason) } });
  }
}

/** The source, whose every answer is written down. @param {string} key @param {number} asked @returns {typeof source.load} */
function notedLoad(key, asked) {
  return async (context) => {
    const began = machineNow();
    /** @type {unknown} */
    let value;
    try {
      value = await source.load(context);
      return value;
    } finally {
      const { version } = /** @type {{ version?: number }} */ (value ?? {});
      write({ note: "load", key, asked, began, ended: machineNow(), version });
    }
  };
}

/** @param {Extract<Order, { do: "change" }>} order */
async function change({ method, key, options }) {
  const version = Number(process.hrtime.bigint());
  const began = machineNow();
  /** @param {string} [failure] */
  const ended = (failure) => write({ note: "change", method, key, version, began, ended: machineNow(), failure });
  try {
    await methods[method]?.(key, ...(method === "set" ? [makeValue(key, version, source.size), { ttl: options.ttl }] : []));
    ended();
  } catch (error) {
    ended(String(error));
  }
}

let working = false;
/** @type {Promise<void>} */
let work = Promise.resolve();

/** Gets one key after the other, each only a little later than the one before, whether that has ended or not. @param {Extract<Order, { do: "work" }> & { number: number }} order */
async function workOn(order) {
  /** @type {Set<Promise<void>>} */
  const running = new Set();
  for (let turn = order.number; working; turn++) {
    const getting = get(order.keys[turn % order.keys.length] ?? "", { ...order, do: "get" });
    running.add(getting);
    void getting.then(() => running.delete(getting));
    await pause(order.pauseMs);
  }
  await Promise.all(running);
}

/** @param {Order & { number: number }} order @returns {Promise<unknown>} */
async function obey(order) {
  switch (order.do) {
    case "source":
      Object.assign(source, order.set);
      return source.loads;
    case "get":
      return Promise.all(order.keys.map((key) => get(key, order))).then(() => undefined);
    case "work":
      working = true;
      work = Promise.all([work, workOn(order)]).then(() => undefined);
      return undefined;
    case "rest":
      working = false;
      return work;
    case "block":
      for (const until = Date.now() + order.ms; Date.now() < until; );
      return undefined;
    case "change":
      return change(order);
    case "clock":
      return setClock(order.aheadMs);
    case "call":
      return methods[order.method]?.(...order.args);
    case "close":
      working = false;
      await work;
      return datastore.close().finally(() => process.stdin.destroy());
  }
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  const order = /** @type {Order & { number: number }} */ (JSON.parse(line));
  const { number } = order;
  try {
    write({ note: "done", number, result: await obey(order) });
  } catch (error) {
    write({ note: "done", number, failure: String(error) });
  }
});
// Nobody is there any more to tell it anything.
process.stdin.on("end", () => process.exit(71));
write({ note: "ready", pid: process.pid });
