/** Redis fails under a fleet. */

import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "@lastgood/services";
import { Redis } from "ioredis";
import { disturbed, HEARD_MS, HOLDING_MS, LONG, NEAR_TTL_MS, startFleet, TOLD } from "../src/fleet/fleet.mjs";
import { command } from "../src/machine/command.mjs";
import { startPostgres } from "../src/postgres.mjs";
import { startS3 } from "../src/s3.mjs";
import { repeatedly } from "./cache-outage.mjs";

/**
 * @typedef {import("../src/run.mjs").Fault} Fault
 * @typedef {import("../src/context.mjs").Context} Context
 * @typedef {import("../src/fleet/fleet.mjs").Fleet} Fleet
 * @typedef {Parameters<typeof disturbed>[1]} Story
 */

const CHANNEL = "lastgood:announcements";

const NEAR = "after an acknowledged change, nobody gets an older copy for longer than `nearTtl` (1 s); for longer than 100 ms once all is heard again";
const HELD = "changes that Redis did not take are not acknowledged; nobody gets an older copy for longer than `nearTtl` or what is held in the outage (1.3 s); 100 ms once all is heard again";

/**
 * @param {Pick<Fault, "id" | "title" | "injected"> & Partial<Fault>} fault
 * @param {(context: Context) => Story | Promise<Story>} story
 * @returns {Fault}
 */
export function fleetFault(fault, story) {
  return { area: "fleet", holds: NEAR, needs: ["redis"], ...fault, run: async (context) => disturbed(context, await story(context)) };
}

/** Something that is done again and again until it is healed. @param {Context} context @param {(fleet: Fleet) => unknown} act @param {number} everyMs */
export function again(context, act, everyMs) {
  let stop = () => {};
  return {
    disturb: (/** @type {Fleet} */ fleet) => void (stop = repeatedly(context, () => Promise.resolve(act(fleet)).catch(() => {}), everyMs)),
    heal: () => stop(),
  };
}

/** @param {string} rule @returns {Story} */
function withoutPermission(rule) {
  return {
    mayLagMs: NEAR_TTL_MS,
    acknowledges: 10,
    disturb: async ({ admin }) => {
      await admin.call("ACL", "SETUSER", "default", rule);
      await admin.call("CLIENT", "KILL", "TYPE", "pubsub");
    },
    heal: ({ admin }) => admin.call("ACL", "SETUSER", "default", "allchannels", "+@all"),
  };
}

/** Redis dies and comes back empty. */
const RESTART = {
  mayLagMs: HOLDING_MS,
  disturb: (/** @type {Fleet} */ { redis }) => redis.first.kill(),
  heal: (/** @type {Fleet} */ { redis }) => redis.first.start(),
};

/** Sends to the channel what nobody of the fleet has sent: garbage, halves, replays, and messages with a flipped bit. @param {Context} context */
function forgery(context) {
  /** @type {Buffer[]} */
  const overheard = [];
  const forge = (/** @type {Buffer} */ message) => [
    randomBytes(randomInt(200)),
    message.subarray(0, randomInt(message.length + 1)),
    message,
    Buffer.from(message.map((byte, at) => (at === message.length >> 1 ? byte ^ (1 << randomInt(8)) : byte))),
  ];
  const sending = again(context, async ({ admin }) => {
    const message = overheard[randomInt(overheard.length)] ?? Buffer.alloc(0);
    for (const forged of forge(message)) await admin.publish(CHANNEL, forged);
  }, 10);
  return {
    ...sending,
    disturb: async (/** @type {Fleet} */ fleet) => {
      const spy = new Redis(fleet.redis.first.port);
      context.after(() => spy.disconnect());
      spy.on("messageBuffer", (_, message) => overheard.push(message));
      await spy.subscribe(CHANNEL);
      sending.disturb(fleet);
      await pause(1_000);
      await spy.unsubscribe(CHANNEL);
      spy.disconnect();
    },
  };
}

/** What a stalled subscriber does not read fills its buffer in Redis, which then cuts it off. @param {Fleet} fleet */
async function overrun({ admin, redis, members: [, , , victim] }) {
  await admin.config("SET", "client-output-buffer-limit", "pubsub 100000 100000 1");
  victim?.wire.stall(["subscription"]);
  await until(async () => {
    for (let count = 0; count < 50; count++) await admin.publish(CHANNEL, Buffer.alloc(100_000));
    assert.match(redis.first.log, /output buffer limits/, "the buffer is not overrun");
  });
}

/** @type {readonly Fault[]} */
export const fleetRedisFaults = [
  fleetFault({ id: "fleet-subscriptions-killed", title: "subscriptions are killed", injected: "CLIENT KILL TYPE pubsub every 300 ms" }, (context) => ({
    mayLagMs: NEAR_TTL_MS,
    acknowledges: 10,
    forMs: 1_500,
    ...again(context, ({ admin }) => admin.call("CLIENT", "KILL", "TYPE", "pubsub"), 300),
  })),
  fleetFault({ id: "fleet-connections-killed", title: "all connections are killed", injected: "CLIENT KILL TYPE normal and TYPE pubsub every 200 ms", holds: HELD }, (context) => ({
    mayLagMs: HOLDING_MS,
    ...again(context, async ({ admin }) => {
      await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      await admin.call("CLIENT", "KILL", "TYPE", "pubsub");
    }, 200),
  })),
  fleetFault({ id: "fleet-redis-restarted", title: "Redis dies, and comes back empty", injected: "SIGKILL to redis-server, 2.5 s later a new start", holds: HELD }, () => RESTART),
  fleetFault({ id: "fleet-redis-frozen", title: "Redis freezes", injected: "SIGSTOP to redis-server for 2.5 s", holds: HELD }, () => ({
    mayLagMs: HOLDING_MS,
    disturb: ({ redis }) => redis.first.pause(),
    heal: ({ redis }) => redis.first.resume(),
  })),
  fleetFault({ id: "fleet-redis-stutters", title: "Redis freezes for moments", injected: "SIGSTOP to redis-server for 150 ms, every 400 ms", holds: HELD }, (context) => ({
    mayLagMs: HOLDING_MS,
    acknowledges: 5,
    ...again(context, async ({ redis }) => {
      redis.first.pause();
      await pause(150);
      redis.first.resume();
    }, 400),
  })),
  {
    id: "fleet-redis-gone",
    area: "fleet",
    title: "Redis dies for good",
    injected: "SIGKILL to redis-server; nothing comes back",
    holds: "no change is acknowledged; every get is answered, from what was copied and then from the backup; all processes can be closed",
    needs: ["redis"],
    async run(context) {
      const fleet = await startFleet(context);
      await fleet.setAll();
      await fleet.read();
      fleet.write();
      await fleet.settled();
      await pause(1_000);
      fleet.mayLag(HOLDING_MS);
      await fleet.redis.first.kill();
      const before = fleet.acknowledged();
      await pause(4_000);
      assert.equal(fleet.acknowledged(), before, "a change was acknowledged without Redis");
      return fleet.over();
    },
  },
  fleetFault({ id: "fleet-flushed", title: "Redis forgets everything, again and again", injected: "FLUSHALL every 50 ms" }, (context) => ({
    mayLagMs: NEAR_TTL_MS,
    acknowledges: 10,
    ...again(context, ({ admin }) => admin.flushall(), 50),
  })),
  fleetFault({ id: "fleet-evicted", title: "Redis evicts what it was just given", injected: "CONFIG SET maxmemory to a little more than is used, allkeys-lru, and 200 other keys written every 50 ms" }, (context) => {
    const pressure = again(context, async ({ admin }) => {
      const pipeline = admin.pipeline();
      for (let count = 0; count < 200; count++) pipeline.set(`ballast:${randomInt(1e9)}`, Buffer.alloc(5_000));
      await pipeline.exec();
    }, 50);
    return {
      mayLagMs: NEAR_TTL_MS,
      acknowledges: 5,
      ...pressure,
      disturb: async (fleet) => {
        const used = Number(/used_memory:(\d+)/.exec(await fleet.admin.info("memory"))?.[1]);
        await fleet.admin.config("SET", "maxmemory", String(used + 1_000_000), "maxmemory-policy", "allkeys-lru");
        pressure.disturb(fleet);
      },
      heal: async ({ admin }) => {
        pressure.heal();
        await admin.config("SET", "maxmemory", "0");
      },
    };
  }),
  fleetFault({ id: "fleet-redis-full", title: "Redis is full, and evicts nothing", injected: "CONFIG SET maxmemory 1, maxmemory-policy noeviction", holds: HELD }, () => ({
    mayLagMs: HOLDING_MS,
    disturb: ({ admin }) => admin.config("SET", "maxmemory", "1", "maxmemory-policy", "noeviction"),
    heal: ({ admin }) => admin.config("SET", "maxmemory", "0"),
  })),
  fleetFault({ id: "fleet-read-only", title: "Redis becomes a read-only replica", injected: "REPLICAOF a host that is not there", holds: HELD }, () => ({
    mayLagMs: HOLDING_MS,
    disturb: ({ admin }) => admin.replicaof("127.0.0.1", 1),
    heal: ({ admin }) => admin.replicaof("NO", "ONE"),
  })),
  fleetFault({ id: "fleet-no-publish", title: "nobody may announce", injected: "ACL SETUSER default -publish, and all subscriptions killed" }, () => withoutPermission("-publish")),
  fleetFault({ id: "fleet-no-subscribe", title: "nobody may listen", injected: "ACL SETUSER default -subscribe, and all subscriptions killed" }, () => withoutPermission("-subscribe")),
  fleetFault({ id: "fleet-no-channels", title: "all channels are forbidden", injected: "ACL SETUSER default resetchannels, and all subscriptions killed" }, () => withoutPermission("resetchannels")),
  fleetFault(
    {
      id: "fleet-forged",
      title: "garbage and forged announcements",
      injected: "400 messages a second on the channel: random bytes, halves, bit flips and replays of real ones",
      holds: "nobody gets an older copy for longer than 100 ms, also during the fault",
    },
    (context) => ({ mayLagMs: HEARD_MS, acknowledges: 10, ...forgery(context) }),
  ),
  fleetFault({ id: "fleet-overrun", title: "the buffer of a subscriber is overrun", injected: "the subscription of one process stalls, and 100 kB messages fill its client-output-buffer-limit until Redis cuts it off" }, () => ({
    mayLagMs: NEAR_TTL_MS,
    acknowledges: 10,
    disturb: overrun,
    heal: ({ members: [, , , victim] }) => victim?.wire.flow(),
  })),
  ...sharing("postgres", "PostgreSQL", async (context) => ({ backup: (await startPostgres(context)).url, env: {} })),
  ...sharing("s3", "a bucket", async (context) => {
    const { url, env } = await startS3(context);
    return { backup: url, env };
  }),
  {
    id: "fleet-failover",
    area: "fleet",
    title: "a primary dies, and Sentinels promote its replica",
    injected: "SIGKILL to the primary of a set of two servers and three Sentinels, once the replica has everything",
    holds: HELD,
    needs: ["redis"],
    async run(context) {
      const { fleet, redis } = await sentinelFleet(context);
      await fleet.stopWriting();
      await pause(300);
      fleet.mayLag(HOLDING_MS);
      await redis.server("primary").kill();
      fleet.write();
      await promoted(context, fleet);
      await fleet.settled();
      await pause(1_500);
      return fleet.over();
    },
  },
  {
    id: "fleet-snapshot",
    area: "fleet",
    title: "Redis comes back from a snapshot that lacks acknowledged writes",
    injected: "SAVE, then every key is set, then SIGKILL to redis-server and a new start with the snapshot",
    holds: "what Redis has lost it cannot tell: the older copy that it still has may answer, for the rest of its ttl (5 s). After that nobody gets an older one",
    needs: ["redis"],
    async run(context) {
      const ttl = { ...LONG, ttl: "5s" };
      const fleet = await startFleet(context);
      await fleet.setAll();
      await fleet.read(TOLD, ttl);
      await Promise.all(TOLD.map((key) => fleet.at(0).subject.change("set", key, ttl)));
      await fleet.admin.save();
      await Promise.all(TOLD.map((key) => fleet.at(1).subject.change("set", key, ttl)));
      fleet.mayLag(5_000 + HOLDING_MS);
      await pause(500);
      await fleet.redis.first.kill();
      await fleet.redis.first.start();
      await pause(6_000);
      await fleet.settled();
      await pause(1_000);
      return fleet.over();
    },
  },
  ...cluster("fleet-cluster-killed", "a node of a Cluster dies", "SIGKILL to one of three primaries of a Cluster of six nodes, once its replica has everything", async (_, redis) => {
    await redis.server("node1").kill();
    await pause(8_000);
  }),
  ...cluster("fleet-cluster-resharded", "slots of a Cluster move to another node", "redis-cli --cluster reshard of 3,000 slots, there and back, under load", async (fleet, redis) => {
    fleet.write();
    const [one = "", other = ""] = await Promise.all(["node1", "node2"].map((name) => nodeId(redis.server(name).port)));
    const at = `127.0.0.1:${redis.server("node1").port}`;
    for (const [from, to] of [[one, other], [other, one]]) {
      // redis-cli moves nothing until all nodes tell the same of one another, which they learn in their own time.
      await until(() => command("redis-cli", "--cluster", "check", at));
      await command("redis-cli", "--cluster", "reshard", at, "--cluster-from", `${from}`, "--cluster-to", `${to}`, "--cluster-slots", "3000", "--cluster-yes");
    }
  }),
];

/**
 * Redis restarts under a fleet whose backup is another store.
 * @param {string} need @param {string} name @param {(context: Context) => Promise<{ backup: string, env: Record<string, string> }>} backup
 */
function sharing(need, name, backup) {
  const fault = { id: `fleet-restarted-${need}`, title: `Redis dies, and comes back empty (with a backup in ${name})`, injected: "SIGKILL to redis-server, 2.5 s later a new start", holds: HELD };
  return [fleetFault({ ...fault, needs: ["redis", need] }, async (context) => ({ ...RESTART, fleet: await backup(context) }))];
}

/** @param {Context} context */
async function sentinelFleet(context) {
  const redis = await context.service("redis", "sentinel");
  const sentinels = redis.servers.filter(({ name }) => name.startsWith("sentinel")).map(({ host, port }) => `${host}:${port}`);
  const adapters = [new URL("../adapters/sentinel.mjs", import.meta.url).href];
  const fleet = await startFleet(context, { redis, adapters, cache: () => `memory:,sentinel://${sentinels.join(",")}` });
  await fleet.setAll();
  await fleet.read();
  fleet.write();
  await fleet.settled();
  await pause(1_000);
  return { fleet, redis };
}

/** Waits until the replica is the primary. @param {Context} context @param {Fleet} fleet */
async function promoted(context, fleet) {
  const replica = new Redis(fleet.redis.server("replica").port);
  context.after(() => replica.disconnect());
  await until(async () => assert.match(await replica.info("replication"), /role:master/), 60_000);
  fleet.admin = replica;
}

/**
 * @param {string} id @param {string} title @param {string} injected
 * @param {(fleet: Fleet, redis: import("../src/context.mjs").Service) => Promise<unknown>} disturb
 * @returns {Fault[]}
 */
function cluster(id, title, injected, disturb) {
  const run = async (/** @type {Context} */ context) => {
    const redis = await context.service("redis", "cluster");
    const fleet = await startFleet(context, { redis, cache: () => `memory:,${redis.url}` });
    await fleet.setAll();
    await fleet.read();
    fleet.write();
    await pause(4_000); // until all have subscribed, at whatever node
    fleet.mayLag(HEARD_MS);
    await pause(1_500);
    await fleet.stopWriting();
    await pause(300);
    fleet.mayLag(HOLDING_MS);
    await disturb(fleet, redis);
    await fleet.stopWriting();
    fleet.write();
    await pause(4_000);
    fleet.mayLag(HEARD_MS);
    await pause(1_500);
    return fleet.over();
  };
  return [{ id, area: "fleet", title, injected, holds: HELD, needs: ["redis"], patienceMs: 120_000, run }];
}

/** @param {number} port @returns {Promise<string>} */
async function nodeId(port) {
  return (await command("redis-cli", "-p", String(port), "CLUSTER", "MYID")).trim();
}
