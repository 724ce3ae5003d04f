/** Memcached breaks, as the cache of a process that is asked all the time. */

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { ask, until } from "@lastgood/services";
import { allFrom, keys, sources, told } from "../src/expect.mjs";
import { cacheOutage, repeatedly, slowDown } from "./cache-outage.mjs";

/**
 * @typedef {import("../src/run.mjs").Fault} Fault
 * @typedef {import("../src/context.mjs").Context} Context
 * @typedef {import("../src/context.mjs").Service} Service
 * @typedef {import("../src/context.mjs").Proxy} Proxy
 * @typedef {import("./cache-outage.mjs").Outage} Outage
 *
 * @typedef {object} Stage
 * @property {Context} context
 * @property {Service["first"]} server
 * @property {Proxy} proxy Stands between the process and the server.
 */

const LARGE = 2_000_000;

/** Every one answered with the value that the cache does not take, and not with the one before. @param {readonly import("../src/oracle.mjs").GetNote[]} notes */
function allLarge(notes) {
  for (const { value } of notes) {
    const { filler } = /** @type {import("../src/value.mjs").Value} */ (value);
    assert.ok(filler.length >= LARGE, `a get was answered with ${filler.length} characters, not ${LARGE}`);
  }
}

const HOLDS = "values are loaded, or come from the backup while the source is down too; the cache answers again by itself";

/**
 * @param {Pick<Fault, "id" | "title" | "injected" | "quick">} fault
 * @param {(stage: Stage) => Omit<Outage, "url">} outage
 * @returns {Fault}
 */
function memcachedFault(fault, outage) {
  return {
    area: "memcached",
    holds: HOLDS,
    needs: ["memcached"],
    ...fault,
    async run(context) {
      const { first: server } = await context.service("memcached");
      const proxy = await context.proxy(server.port);
      return cacheOutage(context, { url: `memcached://127.0.0.1:${proxy.port}`, ...outage({ context, server, proxy }) });
    },
  };
}

/** Changes every record that is kept, all the time. @param {Stage} stage @param {(record: Buffer) => Buffer} change */
function corruption({ context, server: { port } }, change) {
  return () =>
    repeatedly(context, async () => {
      const dump = await ask(port, { send: "lru_crawler metadump all\r\n", expect: "END\r\n" });
      for (const [, encoded = ""] of dump.matchAll(/^key=(\S+)/gm)) await corrupt(port, decodeURIComponent(encoded), change);
    }, 10);
}

/** @param {number} port @param {string} key @param {(record: Buffer) => Buffer} change */
async function corrupt(port, key, change) {
  const said = await ask(port, { send: `get ${key}\r\n`, expect: "END\r\n" });
  const [head, flags = "0", length = "0"] = /^VALUE \S+ (\d+) (\d+)\r\n/.exec(said) ?? [];
  if (head === undefined) return;
  const record = change(Buffer.from(said.slice(head.length, head.length + Number(length)), "latin1"));
  await ask(port, { send: `set ${key} ${flags} 0 ${record.length}\r\n${record.toString("latin1")}\r\n`, expect: "\r\n" });
}

/** @param {Buffer} record */
function withFlippedBit(record) {
  const changed = Buffer.from(record);
  const at = randomInt(record.length);
  changed[at] = (changed[at] ?? 0) ^ (1 << randomInt(8));
  return changed;
}

/** @type {readonly Fault[]} */
export const memcachedFaults = [
  memcachedFault({ id: "memcached-killed", title: "dies, and comes back empty", injected: "SIGKILL to memcached, later a new start", quick: true }, ({ server }) => ({
    disturb: () => server.kill(),
    heal: () => server.start(),
    tells: /ECONNREFUSED|away|closed/,
  })),
  memcachedFault({ id: "memcached-restarted", title: "is restarted three times", injected: "SIGTERM and a new start, three times in a row" }, ({ server }) => ({
    disturb: async () => {
      for (let round = 0; round < 3; round++) {
        await server.stop();
        await server.start();
      }
      await server.stop();
    },
    heal: () => server.start(),
    tells: /ECONNREFUSED|away|closed/,
  })),
  memcachedFault({ id: "memcached-frozen", title: "freezes", injected: "SIGSTOP to memcached, later SIGCONT" }, ({ server }) => ({
    disturb: () => server.pause(),
    heal: () => server.resume(),
    tells: /did not answer|said nothing|away/,
  })),
  memcachedFault({ id: "memcached-black-holed", title: "the network swallows everything", injected: "a proxy holds back every byte of both directions, and tells nobody" }, ({ proxy }) => ({
    disturb: () => proxy.stall(),
    heal: () => proxy.flow(),
    tells: /did not answer|said nothing|away/,
  })),
  memcachedFault({ id: "memcached-reset", title: "connections are reset", injected: "a proxy resets every connection, every 20 ms" }, ({ context, proxy }) => {
    let stop = () => {};
    return { disturb: () => (stop = repeatedly(context, () => proxy.reset(), 20)), heal: () => stop(), tells: /ECONNRESET|closed|away/ };
  }),
  memcachedFault({ id: "memcached-slow", title: "is slow, and at times too slow", injected: "memcached is stopped for 400 ms and goes on for 50 ms, all the time" }, ({ context, server }) => {
    let stop = () => {};
    return { disturb: () => (stop = slowDown(context, server)), heal: () => stop(), tells: /did not answer|said nothing/ };
  }),
  memcachedFault({ id: "memcached-garbage", title: "answers with garbage", injected: "a proxy puts 64 random bytes in the place of a reply, every 10 ms" }, ({ context, proxy }) => {
    let stop = () => {};
    return {
      disturb: () => (stop = repeatedly(context, () => proxy.replaceNext(() => Buffer.from(Array.from({ length: 64 }, () => randomInt(256)))), 10)),
      heal: () => {
        stop();
        proxy.flow();
      },
      tells: /./,
    };
  }),
  memcachedFault({ id: "memcached-flipped", title: "has records with a flipped bit", injected: "one random bit of every record is flipped, every 10 ms", quick: true }, (stage) => {
    const start = corruption(stage, withFlippedBit);
    let stop = () => {};
    return { disturb: () => (stop = start()), heal: () => stop(), tells: /damaged|not a lastgood record|newer format/ };
  }),
  memcachedFault({ id: "memcached-truncated", title: "has records that are cut short", injected: "every record is cut at a random length, every 10 ms" }, (stage) => {
    const start = corruption(stage, (record) => record.subarray(0, randomInt(record.length + 1)));
    let stop = () => {};
    return { disturb: () => (stop = start()), heal: () => stop(), tells: /damaged|not a lastgood record/ };
  }),
  memcachedFault({ id: "memcached-flushed", title: "forgets everything, again and again", injected: "flush_all every 5 ms" }, ({ context, server }) => {
    let stop = () => {};
    return { disturb: () => (stop = repeatedly(context, () => ask(server.port, { send: "flush_all\r\n", expect: "OK" }), 5)), heal: () => stop() };
  }),
  {
    id: "memcached-full",
    area: "memcached",
    title: "is full, and evicts all the time",
    injected: "160 values of 500 kB are set, in a memory of 64 MB",
    holds: "what was evicted is loaded, or comes from the backup",
    needs: ["memcached"],
    async run(context) {
      const { first: server, url } = await context.service("memcached");
      const backup = `sqlite:${await context.directory()}/backups.db`;
      const subject = await context.start({ cache: url, backup, options: { ttl: "10m", cacheTimeout: "5s", backupTimeout: "10s" } });
      await subject.get(keys(20));
      await subject.source("up", { size: 500_000 });
      const parts = Array.from({ length: 8 }, (_, part) => Array.from({ length: 20 }, (__, index) => `large ${part * 20 + index}`));
      for (const part of parts) allFrom(await subject.get(part), "loader");
      await subject.source("down");
      for (const part of [...parts, keys(20)]) await subject.get(part);
      const stats = await ask(server.port, { send: "stats\r\n", expect: "END\r\n" });
      const evictions = Number(/STAT evictions (\d+)/.exec(stats)?.[1]);
      assert.ok(evictions > 0, "nothing was evicted");
      return `${evictions} values evicted; ${sources(subject.notes)}`;
    },
  },
  {
    id: "memcached-too-large",
    area: "memcached",
    title: "a value is over the limit",
    injected: "the source begins to return 2 MB, and memcached takes 1 MB",
    holds: "callers get the new value, never the old one that was cached before; the backup has it",
    needs: ["memcached"],
    async run(context) {
      const { url } = await context.service("memcached");
      const subject = await context.start({ cache: url, backup: `file:${await context.directory()}`, options: { timeout: "5s" } });
      allFrom(await subject.get(["key"]), "loader");
      await subject.source("up", { size: LARGE });
      await until(async () => allFrom(await subject.get(["key"]), "loader"));
      // What the cache does not take is held in the process, for its ttl.
      for (let round = 0; round < 3; round++) allLarge(await subject.get(["key"]));
      await subject.source("down");
      await until(async () => allFrom(await subject.get(["key"]), "backup"));
      return `${told(subject.notes, "cacheFailed", /more than maxValueBytes/)} values refused by the cache, ${sources(subject.notes)}`;
    },
  },
  {
    id: "memcached-one-of-three",
    area: "memcached",
    title: "one of three servers dies",
    injected: "SIGKILL to one of three, later a new start",
    holds: HOLDS,
    needs: ["memcached"],
    async run(context) {
      const memcached = await context.service("memcached", "three");
      const server = memcached.server("memcached2");
      return cacheOutage(context, { url: memcached.url, disturb: () => server.kill(), heal: () => server.start(), tells: /ECONNREFUSED|away|closed/ });
    },
  },
  {
    id: "memcached-wrong-password",
    area: "memcached",
    title: "refuses the password",
    injected: "a server with SASL, and a URL with a wrong password",
    holds: "values are loaded, and come from the backup when the source is down; the password is in no event",
    needs: ["memcached"],
    async run(context) {
      const memcached = await context.service("memcached", "sasl");
      const cache = memcached.url.replace(memcached.secret, "canary-password");
      const subject = await context.start({ cache, backup: `file:${await context.directory()}`, verbose: true });
      allFrom(await subject.get(keys(20)), "loader");
      await subject.source("down");
      // What the cache does not take is held in the process, for its ttl.
      await until(async () => allFrom(await subject.get(keys(20)), "backup"));
      assert.ok(!JSON.stringify(context.log).includes("canary-password"), "the password stands in an event");
      return `${sources(subject.notes)}; ${told(subject.notes, "cacheFailed")} failures of the cache told`;
    },
  },
];
