/** Redis breaks, as the cache of a process that is asked all the time. */

import { randomInt } from "node:crypto";
import { Redis } from "ioredis";
import { cacheOutage, repeatedly, slowDown } from "./cache-outage.mjs";

/**
 * @typedef {import("../src/run.mjs").Fault} Fault
 * @typedef {import("../src/context.mjs").Context} Context
 * @typedef {import("../src/context.mjs").Service} Service
 * @typedef {import("../src/context.mjs").Proxy} Proxy
 * @typedef {import("./cache-outage.mjs").Outage} Outage
 * @typedef {Service["first"]} Server
 *
 * @typedef {object} Stage
 * @property {Context} context
 * @property {Service} redis
 * @property {Server} server
 * @property {Proxy} proxy Stands between the process and the server.
 * @property {Redis} admin Asks the server itself.
 */

const HOLDS = "values are loaded, or come from the backup while the source is down too; the cache answers again by itself";

/**
 * @param {Pick<Fault, "id" | "title" | "injected" | "quick">} fault
 * @param {(stage: Stage) => Omit<Outage, "url">} outage
 * @returns {Fault}
 */
function redisFault(fault, outage) {
  return {
    area: "redis",
    holds: HOLDS,
    needs: ["redis"],
    ...fault,
    async run(context) {
      const redis = await context.service("redis");
      const server = redis.first;
      const proxy = await context.proxy(server.port);
      const admin = new Redis(redis.url, { retryStrategy: () => 50 });
      admin.on("error", () => {}); // the server is killed under it
      context.after(() => admin.disconnect());
      return cacheOutage(context, { url: `redis://127.0.0.1:${proxy.port}`, ...outage({ context, redis, server, proxy, admin }) });
    },
  };
}

/** Changes what is kept, a record at a time, in whatever way. @param {Stage} stage @param {(record: Buffer, all: readonly string[], key: string) => Buffer | Promise<Buffer>} change */
function corruption({ context, admin }, change) {
  return () =>
    repeatedly(context, async () => {
      const all = await admin.keys("lastgood:*");
      for (const key of all) {
        const record = await admin.getBuffer(key);
        if (record !== null && record.length > 0) await admin.set(key, await change(record, all, key), "KEEPTTL");
      }
    }, 5);
}

/** @param {Buffer} record */
function withFlippedBit(record) {
  const changed = Buffer.from(record);
  const at = randomInt(16, record.length); // before that stands a stamp, which is for the server to compare
  changed[at] = (changed[at] ?? 0) ^ (1 << randomInt(8));
  return changed;
}

/** @type {readonly Fault[]} */
export const redisFaults = [
  redisFault({ id: "redis-killed", title: "dies, and comes back empty", injected: "SIGKILL to redis-server, later a new start", quick: true }, ({ server }) => ({
    disturb: () => server.kill(),
    heal: () => server.start(),
    tells: /not connected|ECONNREFUSED|closed/,
  })),
  redisFault({ id: "redis-restarted", title: "is restarted three times", injected: "SIGTERM and a new start, three times in a row" }, ({ server }) => ({
    disturb: async () => {
      for (let round = 0; round < 3; round++) {
        await server.stop();
        await server.start();
      }
      await server.stop();
    },
    heal: () => server.start(),
    tells: /not connected|ECONNREFUSED|closed/,
  })),
  redisFault({ id: "redis-frozen", title: "freezes", injected: "SIGSTOP to redis-server, later SIGCONT", quick: true }, ({ server }) => ({
    disturb: () => server.pause(),
    heal: () => server.resume(),
    tells: /did not answer/,
  })),
  redisFault({ id: "redis-black-holed", title: "the network swallows everything", injected: "a proxy holds back every byte of both directions, and tells nobody" }, ({ proxy }) => ({
    disturb: () => proxy.stall(),
    heal: () => proxy.flow(),
    tells: /did not answer/,
  })),
  redisFault({ id: "redis-reset", title: "connections are reset", injected: "a proxy resets every connection, every 20 ms" }, ({ context, proxy }) => {
    let stop = () => {};
    return {
      disturb: () => (stop = repeatedly(context, () => proxy.reset(), 20)),
      heal: () => stop(),
      tells: /ECONNRESET|closed|not connected/,
    };
  }),
  redisFault({ id: "redis-slow", title: "is slow, and at times too slow", injected: "redis-server is stopped for 400 ms and goes on for 50 ms, all the time" }, ({ context, server }) => {
    let stop = () => {};
    return { disturb: () => (stop = slowDown(context, server)), heal: () => stop(), tells: /did not answer/ };
  }),
  redisFault({ id: "redis-full", title: "is full, and evicts nothing", injected: "CONFIG SET maxmemory 1, maxmemory-policy noeviction" }, ({ admin }) => ({
    disturb: () => admin.config("SET", "maxmemory", "1", "maxmemory-policy", "noeviction"),
    heal: () => admin.config("SET", "maxmemory", "0"),
    tells: /OOM/,
  })),
  redisFault({ id: "redis-read-only", title: "becomes a read-only replica", injected: "REPLICAOF a host that is not there" }, ({ admin }) => ({
    disturb: () => admin.replicaof("127.0.0.1", 1),
    heal: () => admin.replicaof("NO", "ONE"),
    tells: /READONLY/,
  })),
  redisFault({ id: "redis-loading", title: "loads its data", injected: "DEBUG RELOAD of 2,000 keys, slowed down to milliseconds a key" }, ({ context, redis, admin }) => ({
    disturb: async () => {
      for (let index = 0; index < 2_000; index++) await admin.set(`ballast:${index}`, Buffer.alloc(1_000, "x"));
      await admin.config("SET", "loading-process-events-interval-bytes", "1024", "key-load-delay", "5000");
      const reloading = new Redis(redis.url);
      context.after(() => reloading.disconnect());
      reloading.call("DEBUG", "RELOAD").catch(() => {}); // cut off when it is over
    },
    heal: () => admin.config("SET", "key-load-delay", "0"),
    tells: /LOADING|not ready/,
  })),
  redisFault({ id: "redis-wrong-password", title: "asks for another password than it is given", injected: "CONFIG SET requirepass and CLIENT KILL while it is in use, later no password" }, ({ admin }) => ({
    disturb: async () => {
      await admin.config("SET", "requirepass", "something-else");
      await admin.call("AUTH", "something-else");
      await admin.call("CLIENT", "KILL", "SKIPME", "yes");
    },
    heal: () => admin.config("SET", "requirepass", ""),
    tells: /NOAUTH|not connected/,
  })),
  redisFault({ id: "redis-wrong-type", title: "has something of another type there", injected: "every key becomes a hash, every 5 ms" }, ({ context, admin }) => {
    let stop = () => {};
    return {
      disturb: () =>
        (stop = repeatedly(context, async () => {
          for (const key of await admin.keys("lastgood:*")) await admin.multi().del(key).hset(key, "field", "value").exec();
        }, 5)),
      heal: () => stop(),
      tells: /WRONGTYPE/,
    };
  }),
  redisFault({ id: "redis-garbage", title: "answers with garbage", injected: "a proxy puts 64 random bytes in the place of a reply, every 10 ms" }, ({ context, proxy }) => {
    let stop = () => {};
    return {
      disturb: () => (stop = repeatedly(context, () => proxy.replaceNext(() => Buffer.from(Array.from({ length: 64 }, () => randomInt(256)))), 10)),
      heal: () => {
        stop();
        proxy.flow();
        proxy.cut();
      },
      tells: /./,
    };
  }),
  redisFault({ id: "redis-flipped", title: "has records with a flipped bit", injected: "one random bit of every record is flipped, every 5 ms", quick: true }, (stage) => {
    const corrupt = corruption(stage, withFlippedBit);
    let stop = () => {};
    return { disturb: () => (stop = corrupt()), heal: () => stop(), tells: /damaged|not a lastgood record|newer format/ };
  }),
  redisFault({ id: "redis-truncated", title: "has records that are cut short", injected: "every record is cut at a random length, every 5 ms" }, (stage) => {
    const corrupt = corruption(stage, (record) => record.subarray(0, randomInt(record.length)));
    let stop = () => {};
    return { disturb: () => (stop = corrupt()), heal: () => stop(), tells: /damaged|not a lastgood record/ };
  }),
  redisFault({ id: "redis-swapped", title: "has records of other keys there", injected: "every record is replaced by that of a random other key, every 5 ms" }, (stage) => {
    const corrupt = corruption(stage, async (record, all, key) => (await stage.admin.getBuffer(all.filter((other) => other !== key)[randomInt(all.length)] ?? key)) ?? record);
    let stop = () => {};
    return { disturb: () => (stop = corrupt()), heal: () => stop(), tells: /record of another key/ };
  }),
  redisFault({ id: "redis-flushed", title: "forgets everything, again and again", injected: "FLUSHALL and SCRIPT FLUSH every 5 ms" }, ({ context, admin }) => {
    let stop = () => {};
    return { disturb: () => (stop = repeatedly(context, () => admin.multi().flushall().script("FLUSH").exec(), 5)), heal: () => stop() };
  }),
  {
    id: "redis-sentinel",
    area: "redis",
    title: "a primary dies, and Sentinels promote its replica",
    injected: "SIGKILL to the primary of a set of two servers and three Sentinels",
    holds: HOLDS,
    needs: ["redis"],
    async run(context) {
      const redis = await context.service("redis", "sentinel");
      const sentinels = redis.servers.filter(({ name }) => name.startsWith("sentinel")).map(({ host, port }) => `${host}:${port}`);
      return cacheOutage(context, {
        url: `sentinel://${sentinels.join(",")}`,
        start: { adapters: [new URL("../adapters/sentinel.mjs", import.meta.url).href] },
        disturb: () => redis.server("primary").kill(),
        tells: /not connected|ECONNREFUSED|closed/,
      });
    },
  },
  {
    id: "redis-cluster",
    area: "redis",
    title: "a node of a Cluster dies",
    injected: "SIGKILL to one of three primaries of a Cluster of six nodes",
    holds: HOLDS,
    needs: ["redis"],
    async run(context) {
      const redis = await context.service("redis", "cluster");
      return cacheOutage(context, { url: redis.url, disturb: () => redis.server("node1").kill(), tells: /did not answer|closed|CLUSTERDOWN/ });
    },
  },
];
