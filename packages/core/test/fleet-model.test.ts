import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ByteCacheAdapter, Datastore } from "../src/index.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { turn } from "./support/gate.ts";
import { histories } from "./support/histories.ts";
import { failing } from "./support/setting.ts";
import { comparingCache, leasing, mapCache } from "./support/stores.ts";
import { announcing, Wire } from "./support/wire.ts";

const TTL = 3_600_000;
const NEAR_TTL = 5_000;
const PROCESSES = 3;

const which = fc.nat(PROCESSES - 1);
const key = fc.constantFrom("a", "b");

const anyStep = fc.oneof(
  { weight: 8, arbitrary: fc.record({ name: fc.constantFrom("load" as const, "fail" as const, "refresh" as const), which, key }) },
  { weight: 4, arbitrary: fc.record({ name: fc.constantFrom("set" as const, "set" as const, "expire" as const, "delete" as const), which, key }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("rush" as const), key }) },
  { weight: 4, arbitrary: fc.record({ name: fc.constant("advance" as const), ms: fc.constantFrom(1, NEAR_TTL, NEAR_TTL, TTL / 2, 2 * TTL) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("restart" as const), which }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("announcements" as const), areHeard: fc.boolean() }) },
);

type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;
type StepOf<Name extends string> = Extract<Step, { name: Name }>;

interface Fleet {
  readonly far: ByteCacheAdapter;
  /** On which the far cache announces, if it does. */
  readonly wire?: Wire;
  readonly lease: number;
}

/** What was acknowledged of a key: numbers from `least` on are newer, and those before it are outdated. */
interface Change {
  readonly least: number;
  readonly at: number;
  /** It leaves the backups, which may stand in. */
  readonly isExpire: boolean;
}

/** Three processes with near caches, whose clocks may differ, and the true time. Their loaders make numbers that only grow. */
class World {
  readonly #time = manualClock();
  readonly #backup = memoryBackup();
  readonly #fleet: Fleet;
  readonly #skews: readonly number[];
  readonly #processes: Datastore[];
  readonly #changes = new Map<string, Change[]>();
  /** Whose key has a good value that nobody has deleted. */
  readonly #good = new Set<string>();
  #deafUntil = -Infinity;
  #count = 0;

  constructor(fleet: Fleet, skews: readonly number[]) {
    this.#fleet = fleet;
    this.#skews = skews;
    this.#processes = skews.map((_, index) => this.#open(index));
  }

  async run(step: Step): Promise<void> {
    this.#time.advance(10);
    await this.#do(step);
    await turn();
  }

  #do(step: Step): unknown {
    switch (step.name) {
      case "advance":
        return this.#time.advance(step.ms);
      case "restart":
        return (this.#processes[step.which] = this.#open(step.which));
      case "announcements":
        return this.#hear(step.areHeard);
      case "rush":
        return this.#rush(step);
      case "load":
      case "fail":
      case "refresh":
        return this.#get(step);
      default:
        return this.#change(step);
    }
  }

  /** What was lost while nothing was heard may be missing for nearTtl more. */
  #hear(areHeard: boolean): void {
    const { wire } = this.#fleet;
    if (wire === undefined) return;
    if (areHeard && wire.isDeaf) this.#deafUntil = this.#time.now() + NEAR_TTL;
    wire.isDeaf = wire.isDown = !areHeard;
    if (areHeard) wire.gap();
  }

  async #change({ name, which: index, key: id }: StepOf<"set" | "expire" | "delete">): Promise<void> {
    const datastore = this.#of(index);
    if (name === "set") await datastore.set(id, ++this.#count, TTL);
    else await (name === "expire" ? datastore.expire(id) : datastore.delete(id));
    if (name === "set") this.#good.add(id);
    if (name === "delete") this.#good.delete(id);
    this.#acknowledge(id, name === "set" ? this.#count : this.#count + 1, name === "expire");
  }

  async #get({ name, which: index, key: id }: StepOf<"load" | "fail" | "refresh">): Promise<void> {
    const asked = this.#time.now();
    const before = this.#count;
    const load = name === "fail" ? failing() : (): number => ++this.#count;
    const answer = await this.#of(index).getResult<number>(id, load, { ttl: TTL, refresh: name === "refresh" }).catch(() => undefined);
    if (answer === undefined) expect(this.#good.has(id)).toBe(false);
    else this.#judge(id, answer, asked);
    if (this.#count > before) this.#loaded(id, this.#count);
  }

  /** All ask at once, and each would load. */
  async #rush({ key: id }: StepOf<"rush">): Promise<void> {
    const asked = this.#time.now();
    const before = this.#count;
    const load = async (): Promise<number> => {
      await turn();
      return ++this.#count;
    };
    const answers = await Promise.all(this.#processes.map((datastore) => datastore.getResult(id, load, TTL)));
    for (const answer of answers) this.#judge(id, answer, asked);
    if (this.#fleet.lease > 0) expect(this.#count - before).toBeLessThanOrEqual(1);
    // Of several loads at once, any may count as the newest.
    if (this.#count > before) this.#loaded(id, before + 1);
  }

  #judge(id: string, answer: { readonly value: number; readonly stale: boolean }, asked: number): void {
    for (const { least, at, isExpire } of this.#changes.get(id) ?? []) {
      if (at + this.#bound(asked) > asked || (isExpire && answer.stale)) continue;
      expect(answer.value).toBeGreaterThanOrEqual(least);
    }
  }

  /** For how long an answer may be outdated. */
  #bound(now: number): number {
    const { wire } = this.#fleet;
    return wire === undefined || wire.isDeaf || now < this.#deafUntil ? NEAR_TTL : 0;
  }

  #loaded(id: string, least: number): void {
    this.#good.add(id);
    this.#acknowledge(id, least, false);
  }

  #acknowledge(id: string, least: number, isExpire: boolean): void {
    const changes = this.#changes.get(id) ?? [];
    changes.push({ least, at: this.#time.now(), isExpire });
    this.#changes.set(id, changes);
  }

  #of(index: number): Datastore {
    const process = this.#processes[index];
    if (process === undefined) throw new Error(`there is no process ${index}`);
    return process;
  }

  #open(index: number): Datastore {
    const { far, lease } = this.#fleet;
    const skew = this.#skews[index] ?? 0;
    const clock = { now: (): number => this.#time.now() + skew };
    return new Datastore({ cache: [mapCache(), far], backup: this.#backup, clock, lease, nearTtl: NEAR_TTL, cullAfter: Infinity });
  }
}

const fleets: readonly (readonly [string, () => Fleet])[] = [
  ["a far cache that is silent", () => ({ far: comparingCache(), lease: 0 })],
  ["a far cache that is silent, and leases", () => ({ far: leasing(comparingCache()), lease: 10_000 })],
  ["a far cache that announces", () => announcingFleet(0, (far) => far)],
  ["a far cache that announces, and leases", () => announcingFleet(10_000, leasing)],
];

function announcingFleet(lease: number, more: (far: ByteCacheAdapter) => ByteCacheAdapter): Fleet {
  const wire = new Wire();
  return { far: more(announcing(wire)), wire, lease };
}

describe("between processes with near caches, nothing acknowledged is outdated for longer than the bound, and nothing good is lost", () => {
  it.each(fleets.flatMap(([name, make]) => [
    { name, make, clocks: "that agree", skews: [0] },
    { name, make, clocks: "that differ by seconds", skews: [0, 20_000, -25_000, 30_000] },
  ]))("with $name, and clocks $clocks", async ({ make, skews }) => {
    const skew = fc.constantFrom(...skews);
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 40, size: "max" }), fc.tuple(skew, skew, skew), async (steps, chosen) => {
        const world = new World(make(), chosen);
        for (const step of steps) await world.run(step);
      }),
      { numRuns: histories(150) },
    );
  }, histories(200) * 1_000);
});
