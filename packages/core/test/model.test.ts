import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CacheAdapter, Datastore, DatastoreError, GoneError } from "../src/index.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { CULL_TIME, type Loaded, Model, type Outcome, TTL } from "./support/model.ts";
import { histories } from "./support/histories.ts";
import { turn } from "./support/gate.ts";
import { failing, holdDeadlines, idOf } from "./support/setting.ts";
import { Breakable, byteCache, comparingCache, mapCache, throws } from "./support/stores.ts";

const KEYS = ["a", "b"] as const;

const key = fc.constantFrom(...KEYS);
const loaded = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("value" as const), value: fc.nat(1_000) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("error" as const), isGone: fc.constant(false) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("error" as const), isGone: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("nothing" as const) }) },
);

const maxStale = fc.constantFrom(Infinity, Infinity, 2 * TTL, 86_400_000);

function often(value: boolean): fc.Arbitrary<boolean> {
  return fc.constantFrom(value, value, value, !value);
}

const anyOperation = fc.oneof(
  { weight: 10, arbitrary: fc.record({ name: fc.constant("get" as const), key, loaded, useCache: fc.constant(true), maxStale, isEven: often(false) }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("get" as const), key, loaded, useCache: fc.constant(false), maxStale, isEven: often(false) }) },
  { weight: 6, arbitrary: fc.record({ name: fc.constant("advance" as const), ms: fc.constantFrom(1_000, TTL / 2, TTL, 86_400_000) }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("set" as const), key, value: fc.nat(1_000) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("expire" as const), key }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("delete" as const), key }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("peek" as const), key }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("flush" as const) }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("cull" as const) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("lose the cache" as const) }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("restart" as const), isClean: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("cache up" as const), isUp: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("backup up" as const), isUp: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("damage" as const), key }) },
);

type Operation = typeof anyOperation extends fc.Arbitrary<infer T> ? T : never;

/** A datastore on stores that can be down, lost and damaged, and the model of it. Both are told the same. */
class World {
  readonly model: Model;
  readonly #clock = manualClock();
  readonly #makeCache: () => CacheAdapter;
  readonly #survivesRestart: boolean;
  #cache: Breakable<CacheAdapter>;
  readonly #damaged = new Set<number>();
  readonly #backup: Breakable<ReturnType<typeof memoryBackup>>;
  #datastore: Datastore;

  constructor(makeCache: () => CacheAdapter, survivesRestart: boolean) {
    this.#makeCache = makeCache;
    this.#survivesRestart = survivesRestart;
    this.#cache = new Breakable(makeCache());
    this.model = new Model(this.#cache.adapter.stores === "bytes");
    this.#backup = new Breakable(damageable(this.#damaged));
    this.#datastore = this.#open();
  }

  async run(operation: Operation): Promise<void> {
    this.#clock.advance(10); // nothing takes no time
    const now = this.#clock.now();
    switch (operation.name) {
      case "get":
        return this.#get(operation, now);
      case "advance":
        return this.#clock.advance(operation.ms);
      case "set":
        return expectBoth(this.#datastore.set(operation.key, operation.value, TTL), this.model.set(operation.key, operation.value, now));
      case "expire":
        return expectBoth(this.#datastore.expire(operation.key), this.model.expire(operation.key, now));
      case "delete":
        return expectBoth(this.#datastore.delete(operation.key), this.model.delete(operation.key, now));
      case "flush":
        return expectBoth(this.#datastore.flush(), this.model.flush(now));
      case "cull":
        return this.#cull(now);
      case "peek":
        return this.#peek(operation.key);
      case "lose the cache":
        return this.#loseCache();
      case "restart":
        return this.#restart(operation.isClean, now);
      case "cache up":
        return this.#setCache(operation.isUp);
      case "backup up":
        return this.#setBackup(operation.isUp);
      case "damage":
        return this.#damage(operation.key);
    }
  }

  async #get({ key: id, loaded: outcome, useCache, maxStale: limit, isEven }: Extract<Operation, { name: "get" }>, now: number): Promise<void> {
    const accepts = (value: number | undefined): boolean => !isEven || value === undefined || value % 2 === 0;
    const error = outcome.kind === "error" && outcome.isGone ? new GoneError("gone") : new Error("down");
    const load = outcome.kind === "value" ? () => outcome.value : outcome.kind === "nothing" ? () => undefined : failing(error);
    const expected: Loaded = outcome.kind === "error" ? { error: error.message, isGone: outcome.isGone } : { value: outcome.kind === "value" ? outcome.value : undefined };
    const seen = await this.#datastore.getResult<number | undefined>(id, load, { ttl: TTL, useCache, maxStale: limit, validate: accepts }).then(
      ({ value, source, stale, loadedAt }): Outcome => ({ value, source, stale, loadedAt }),
      (reason: unknown): Outcome => ({ error: reason === error ? error.message : reason instanceof DatastoreError ? reason.code : reason }),
    );
    expect(seen).toEqual(this.model.get(id, expected, now, { useCache, maxStale: limit, accepts }));
  }

  async #peek(id: string): Promise<void> {
    const seen = await this.#datastore.peekBackup<number>(id).then(
      (result) => result && { value: result.value, loadedAt: result.loadedAt },
      () => "cannot know",
    );
    const expected = this.model.peek(id);
    expect(seen).toEqual(typeof expected === "object" ? { value: expected.value, loadedAt: expected.loadedAt } : expected);
  }

  async #cull(now: number): Promise<void> {
    await turn(); // the store hears of uses behind
    await expectBoth(this.#datastore.cull({ force: true }), this.model.cull(now));
  }

  async #restart(isClean: boolean, now: number): Promise<void> {
    await turn(); // as above
    if (isClean) await expectBoth(this.#datastore.close(), this.model.flush(now));
    if (!this.#survivesRestart) this.#loseCache();
    this.model.restart();
    this.#datastore = this.#open();
  }

  #loseCache(): void {
    this.model.loseCache();
    const { adapter } = this.#cache;
    const empty = this.#makeCache();
    Object.assign(adapter, empty);
  }

  #setCache(isUp: boolean): void {
    this.model.cacheUp = isUp;
    if (isUp) this.#cache.heals();
    else this.#cache.failsAt(["get", "set", "delete"], throws());
  }

  #setBackup(isUp: boolean): void {
    this.model.backupUp = isUp;
    if (isUp) this.#backup.heals();
    else this.#backup.failsAt(["read", "write", "touch", "list", "delete"], throws());
  }

  async #damage(id: string): Promise<void> {
    await turn(); // as above
    this.model.damage(id);
    this.#setBackup(true);
    const newest = await this.#backup.adapter.read(idOf(id));
    if (newest !== undefined) this.#damaged.add(newest.loadedAt);
  }

  #open(): Datastore {
    return new Datastore({ cache: this.#cache.adapter, backup: this.#backup.adapter, clock: this.#clock, cullAfter: Infinity, cullTime: CULL_TIME });
  }
}

/** A backup whose records of these stamps are damaged. */
function damageable(stamps: ReadonlySet<number>): ReturnType<typeof memoryBackup> {
  const real = memoryBackup();
  return {
    ...real,
    async read(id, options) {
      const record = await real.read(id, options);
      if (record === undefined || !stamps.has(record.loadedAt)) return record;
      const bytes = new Uint8Array(record.bytes);
      bytes[bytes.length >> 1] = ~(bytes[bytes.length >> 1] ?? 0);
      return { bytes, loadedAt: record.loadedAt };
    },
  };
}

async function expectBoth(done: Promise<unknown>, expected: boolean): Promise<void> {
  expect(
    await done.then(
      () => true,
      () => false,
    ),
  ).toBe(expected);
}

describe("a datastore does what its model does, through faults, losses, restarts and jumps of the clock", () => {
  it.each([
    ["with a cache of values, which a restart empties", mapCache, false],
    ["with a cache of bytes, which outlives a restart", byteCache, true],
    // One that compares stamps differs on purpose: see docs/decisions/012. integration/ holds it to what it promises.
  ] as const)("%s", async (_, makeCache, survivesRestart) => {
    holdDeadlines(); // failed writes are tried again when the model says so, and not by a timer
    await fc.assert(
      fc.asyncProperty(fc.array(anyOperation, { maxLength: 60, size: "max" }), async (operations) => {
        const world = new World(makeCache, survivesRestart);
        for (const each of operations) {
          await world.run(each);
          await turn(); // a cache that is back is told in the background of what it missed
        }
      }),
      { numRuns: histories(400) },
    );
  }, histories(400) * 1_000);
});

const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ name: fc.constantFrom("load" as const, "set" as const, "fail" as const), key }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constant("jump" as const), ms: fc.integer({ min: -400 * 86_400_000, max: 400 * 86_400_000 }) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constantFrom("expire" as const, "restart" as const, "lose the cache" as const), key }) },
);

/** Numbers that only grow are loaded and set; whatever the clock does, no answer is older than the last of its key. */
describe("a clock that jumps makes no answer older than the last, with restarts and lost caches", () => {
  it.each([
    ["with a cache of values, which a restart empties", mapCache, false],
    ["with a cache of bytes, which outlives a restart", byteCache, true],
    ["with a cache that compares stamps, which outlives a restart", comparingCache, true],
  ] as const)("%s", async (_, makeCache, survivesRestart) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 40, size: "max" }), async (steps) => {
        const clock = manualClock();
        const backup = memoryBackup();
        const last = new Map<string, number>();
        let cache: CacheAdapter = makeCache();
        let count = 0;
        const open = (): Datastore => new Datastore({ cache, backup, clock, cullAfter: Infinity });
        let datastore = open();
        for (const step of steps) {
          clock.advance(10);
          if (step.name === "jump") clock.set(Math.max(0, clock.now() + step.ms));
          else if (step.name === "expire") await datastore.expire(step.key);
          else if (step.name === "set") await datastore.set(step.key, remember(last, step.key, ++count), TTL);
          else if (step.name === "load" || step.name === "fail") {
            const load = step.name === "fail" ? failing() : (): number => remember(last, step.key, ++count);
            const answer = await datastore.getResult(step.key, load, TTL).catch(() => undefined);
            expect(answer?.value).toBe(last.get(step.key));
            expect(answer?.age ?? 0).toBeGreaterThanOrEqual(0);
          } else {
            await turn();
            if (step.name === "lose the cache" || !survivesRestart) cache = makeCache();
            datastore = open();
          }
        }
      }),
      { numRuns: histories(300) },
    );
  }, histories(400) * 1_000);
});

function remember(last: Map<string, number>, id: string, value: number): number {
  last.set(id, value);
  return value;
}
