/** Several processes with a near cache each, which share a Redis and a backup. Everybody gets the same keys all the time, and some set them. */

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "@lastgood/services";
import { Redis } from "ioredis";
import { lagging } from "./judge.mjs";
import { machineNow, pulse } from "./lateness.mjs";
import { Wire } from "./wire.mjs";

/**
 * @typedef {import("../context.mjs").Context} Context
 * @typedef {import("../context.mjs").Service} Service
 * @typedef {import("../subject.mjs").Subject} Subject
 * @typedef {import("../subject.mjs").Start} Start
 * @typedef {import("../orders.mjs").GetOptions} GetOptions
 * @typedef {import("../oracle.mjs").GetNote} GetNote
 * @typedef {import("./judge.mjs").LoadNote} LoadNote
 *
 * @typedef {object} FleetOptions
 * @property {number} [size]
 * @property {Start["options"]} [options]
 * @property {string} [backup] A URL; else a directory.
 * @property {Start["env"]} [env]
 * @property {Service} [redis] One that runs already; else a single server.
 * @property {(port: number) => string} [cache] The URL by the port of a process's own network; else that port of Redis.
 * @property {readonly string[]} [adapters]
 * @property {readonly number[]} [aheadMs] By how much the clock of each process is ahead.
 */

/** While everything is heard. */
export const HEARD_MS = 100;

/** What a near copy is trusted for while announcements are lost. */
export const NEAR_TTL_MS = 1_000;

/** A stand-in is held for half of it while the cache fails. */
const FALLBACK_TTL_MS = 500;

const CACHE_TIMEOUT_MS = 300;

/** So often, some key is set. */
const EVERY_MS = 60;

/** While the cache fails, a process answers with what it holds: for `fallbackTtl` since the backup was read, which may follow a call that timed out. */
export const HOLDING_MS = Math.max(NEAR_TTL_MS, FALLBACK_TTL_MS) + CACHE_TIMEOUT_MS;

/** Keys that the source has never heard of, and that live long: only announcements end their near copies. */
export const TOLD = ["told 0", "told 1", "told 2"];

/** @type {GetOptions} */
export const LONG = { ttl: "1h", fallbackTtl: `${FALLBACK_TTL_MS}ms` };

export class Fleet {
  /** Those that get and set. @type {Member[]} */ members = [];
  /** @type {Redis} */ admin;
  /** @type {Service} */ redis;
  /** @type {Context} */ #context;
  /** @type {FleetOptions} */ #options;
  /** @type {Pick<Start, "backup">} */ #stores;
  /** Aborted when nobody is to write any more. */ #writing = new AbortController();
  /** @type {Promise<void>} */ #writes = Promise.resolve();

  /** @param {Context} context @param {FleetOptions} options @param {Service} redis @param {string} backup */
  constructor(context, options, redis, backup) {
    this.#context = context;
    this.#options = options;
    this.redis = redis;
    this.#stores = { backup };
    const admin = new Redis(redis.first.port, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    admin.on("error", () => {}); // the server dies under it
    context.after(() => admin.disconnect()); // this one, whichever is the admin by then
    this.admin = admin;
    context.after(pulse((span) => this.note({ note: "pulse", process: 0, ...span })));
    this.mayLag(Infinity);
  }

  /** Starts one more process. @param {Start["options"]} [more] */
  async add(more = {}) {
    const { cache = (port) => `memory:,redis://127.0.0.1:${port}`, options, env, adapters, aheadMs = [] } = this.#options;
    const wire = await Wire.to(this.redis.first.port);
    this.#context.after(() => wire.close());
    const subject = await this.#context.start({
      cache: cache(wire.port),
      ...this.#stores,
      options: { nearTtl: `${NEAR_TTL_MS}ms`, cacheTimeout: `${CACHE_TIMEOUT_MS}ms`, ...options, ...more },
      fleet: true,
      ...(env && { env }),
      ...(adapters && { adapters }),
      ...(aheadMs[this.members.length] !== undefined && { aheadMs: Number(aheadMs[this.members.length]) }),
    });
    const member = { subject, wire };
    this.members.push(member);
    return member;
  }

  /** @param {number} index */
  at(index) {
    const member = this.members[index];
    if (member === undefined) throw new RangeError(`there is no process ${index}: there are ${this.members.length}`);
    return member;
  }

  /** @returns {Subject[]} */
  get subjects() {
    return this.members.map(({ subject }) => subject);
  }

  /** Everybody gets these keys from now on. @param {readonly string[]} [keys] @param {GetOptions} [options] */
  async read(keys = TOLD, options = LONG) {
    await Promise.all(this.subjects.map((subject) => readOn(subject, keys, options)));
  }

  /**
   * All but two in turn set a key from now on: the last two have no copies but those of others. One key has one change at a time, so that it is
   * known which is the newest.
   * @param {readonly string[]} [keys] @param {GetOptions} [options]
   */
  write(keys = TOLD, options = LONG) {
    this.#writing = new AbortController();
    const { signal } = this.#writing;
    this.#writes = Promise.all(keys.map((key, index) => this.#writeOn(key, EVERY_MS * keys.length, { first: index, signal, options }))).then(() => undefined);
  }

  /** Nobody sets anything any more. */
  async stopWriting() {
    this.#writing.abort();
    await this.#writes;
  }

  /** Sets every key once. Nothing is in the way of that. */
  async setAll(keys = TOLD, by = 0) {
    const before = this.acknowledged();
    await Promise.all(keys.map((key) => this.at(by).subject.change("set", key, LONG)));
    assert.ok(this.acknowledged() >= before + keys.length, `not every set was acknowledged: ${this.#changes().at(-1)?.failure}`);
  }

  /** From now on, answers may be outdated for so long. @param {number} ms */
  mayLag(ms) {
    this.note({ note: "bound", at: machineNow(), ms });
  }

  /** Waits until all have subscribed, ask Redis again and have forgotten what they copied before. From then on, everything is heard. */
  async settled(ms = HEARD_MS) {
    await until(async () => {
      assert.ok(!(await this.#states()).includes("paused"), "not all ask Redis again");
      assert.equal(await this.#listeners(), this.members.length, "not all have subscribed");
      const since = machineNow();
      await pause(NEAR_TTL_MS + 1.5 * CACHE_TIMEOUT_MS + 200);
      assert.equal(await this.#listeners(), this.members.length, "a subscription was lost again");
      assert.equal(this.#failuresSince(since), 0, "a cache still fails");
    });
    this.mayLag(ms);
  }

  /** From now on, whether two processes must not load a key at once. @param {boolean} hold */
  leasesHold(hold) {
    this.note({ note: "leases", at: machineNow(), hold });
  }

  /** Everybody gets these keys at once, several times. @param {readonly string[]} keys @param {GetOptions} [options] @returns {Promise<GetNote[]>} */
  async rush(keys, options = LONG, times = 3) {
    const all = Array.from({ length: times }, () => keys).flat();
    return (await Promise.all(this.subjects.map((subject) => subject.get(all, options)))).flat();
  }

  /** @param {readonly string[]} keys @returns {LoadNote[]} The calls of loaders. */
  loadsOf(keys) {
    return this.#context.log.filter((note) => note.note === "load").filter(({ key }) => keys.includes(key));
  }

  /** How many changes were acknowledged since then. @param {number} [since] */
  acknowledged(since = 0) {
    return this.#changes().filter(({ began, failure }) => began >= since && failure === undefined).length;
  }

  /** Stops everything, and says what was seen. */
  async over() {
    await this.stopWriting();
    await Promise.all(this.subjects.filter(({ isRunning }) => isRunning).map((subject) => subject.rest()));
    return this.summary();
  }

  summary() {
    const { log } = this.#context;
    const gets = log.filter((note) => note.note === "get");
    const cached = gets.filter(({ source }) => source === "cache").length;
    const outdated = lagging(log);
    const longest = (/** @type {(bound: number) => boolean} */ isMeant) => Math.round(Math.max(0, ...outdated.filter(({ bound }) => isMeant(bound)).map(({ lag }) => lag)));
    const heard = longest((bound) => bound <= 2 * HEARD_MS);
    const other = longest((bound) => bound > 2 * HEARD_MS && bound < Infinity);
    return `${this.members.length} processes, ${this.acknowledged()} acknowledged changes, ${Math.round((100 * cached) / Math.max(1, gets.length))} % of gets from caches; outdated for ${heard} ms at most while all was heard, ${other} ms during the fault`;
  }

  /** @param {import("./judge.mjs").FleetNote} note */
  note(note) {
    this.#context.log.push(note);
  }

  #changes() {
    return this.#context.log.filter((note) => note.note === "change");
  }

  async #states() {
    const healths = /** @type {{ cache: { state: string } }[]} */ (await Promise.all(this.subjects.map((subject) => subject.call("health"))));
    return healths.map(({ cache }) => cache.state);
  }

  /** How often a cache or a subscription has failed. @param {number} since */
  #failuresSince(since) {
    return this.#context.log.filter((note) => note.note === "event").filter(({ event, at }) => event === "cacheFailed" && at >= since).length;
  }

  async #listeners() {
    const [, count] = /** @type {[string, number]} */ (await this.admin.pubsub("NUMSUB", "lastgood:announcements"));
    return Number(count);
  }

  /** @param {string} key @param {number} everyMs @param {{ first: number, signal: AbortSignal, options: GetOptions }} how */
  async #writeOn(key, everyMs, { first, signal, options }) {
    for (let turn = first; !signal.aborted; turn++) {
      const { subject } = this.at(turn % Math.max(1, this.members.length - 2));
      // A process that dies acknowledges nothing.
      await subject.change("set", key, options).catch(() => {});
      await pause(everyMs);
    }
  }
}

/** @typedef {{ subject: Subject, wire: Wire }} Member */

/** @param {Subject} subject @param {readonly string[]} keys @param {GetOptions} options */
export async function readOn(subject, keys = TOLD, options = LONG) {
  await subject.source("not told");
  await subject.work(keys, { pauseMs: 10, options });
}

/** @param {Context} context @param {FleetOptions} [options] */
export async function startFleet(context, options = {}) {
  const { size = 4, redis = await context.service("redis"), backup = `file:${await context.directory()}/backups` } = options;
  const fleet = new Fleet(context, options, redis, backup);
  for (let count = 0; count < size; count++) await fleet.add();
  return fleet;
}

/**
 * A fleet that reads and writes, undisturbed, then disturbed, then undisturbed again.
 * @param {Context} context
 * @param {object} story
 * @param {FleetOptions} [story.fleet]
 * @param {number} story.mayLagMs During the disturbance.
 * @param {(fleet: Fleet) => unknown} story.disturb
 * @param {(fleet: Fleet) => unknown} [story.heal]
 * @param {number} [story.forMs] How long the disturbance lasts.
 * @param {number} [story.acknowledges] So many changes at least, during the disturbance.
 * @param {number} [story.healedMs] The bound after it.
 */
export async function disturbed(context, { fleet: options, mayLagMs, disturb, heal = () => undefined, forMs = 2_500, acknowledges = 0, healedMs = HEARD_MS }) {
  const fleet = await startFleet(context, options);
  await fleet.setAll();
  await fleet.read();
  fleet.write();
  await fleet.settled();
  await pause(1_500);
  fleet.mayLag(mayLagMs);
  const began = machineNow();
  await disturb(fleet);
  await pause(forMs);
  const during = fleet.acknowledged(began);
  assert.ok(during >= acknowledges, `only ${during} changes were acknowledged during the fault`);
  await heal(fleet);
  await fleet.settled(healedMs);
  await pause(1_500);
  return `${await fleet.over()}; ${during} changes acknowledged during the fault`;
}
