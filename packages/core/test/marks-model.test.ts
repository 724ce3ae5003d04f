import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Datastore } from "../src/index.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { turn } from "./support/gate.ts";
import { histories } from "./support/histories.ts";
import { failing } from "./support/setting.ts";
import { byteCache, comparingCache, mapCache } from "./support/stores.ts";
import { announcing, Wire } from "./support/wire.ts";

const TTL = 3_600_000;
const NEAR_TTL = 5_000;
/** Of a tag that only the loader names, a process may not know whether it was marked before or after: the clocks tell it from this on. */
const UNSURE = 1_200_000;
const TAGS = ["red", "blue"] as const;

const which = fc.nat(2);
const key = fc.constantFrom("a", "b");
const tags = fc.subarray([...TAGS]);

const stepWith = (isAdded: readonly boolean[]) => fc.oneof(
  { weight: 8, arbitrary: fc.record({ name: fc.constantFrom("load" as const, "fail" as const), which, key, tags, isAdded: fc.constantFrom(...isAdded) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("set" as const), which, key, tags }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constantFrom("expire" as const, "delete" as const), which, tag: fc.constantFrom(...TAGS) }) },
  { weight: 4, arbitrary: fc.record({ name: fc.constant("advance" as const), ms: fc.constantFrom(1, NEAR_TTL, NEAR_TTL, TTL / 2, 2 * TTL) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("restart" as const), which }) },
);

type Step = ReturnType<typeof stepWith> extends fc.Arbitrary<infer T> ? T : never;

/** A number that was loaded or set, and what has been said of its tags since. */
interface Made {
  readonly tags: readonly string[];
  readonly at: number;
  /** The true time since when every process knows that it is not fresh, and that its backup may not stand in. */
  expired: number;
  deleted: number;
  /** A deletion of a tag may not have been known when it was loaded. Then it counts as older. */
  readonly isDoubtful: boolean;
}

/** Three processes whose clocks differ, and the true time. */
class World {
  readonly #time = manualClock();
  readonly #backup = memoryBackup();
  readonly #skews: readonly number[];
  readonly #makeCache: ConstructorParameters<typeof Datastore>[0]["cache"][];
  readonly #processes: Datastore[] = [];
  readonly #made = new Map<number, Made & { readonly key: string }>();
  readonly #deletedAt = new Map<string, number>();
  readonly #newest = new Map<string, number>();
  #count = 0;

  constructor(caches: () => ConstructorParameters<typeof Datastore>[0]["cache"], skews: readonly number[]) {
    this.#skews = skews;
    this.#makeCache = skews.map(caches);
    for (const index of skews.keys()) this.#processes[index] = this.#open(index);
  }

  async run(step: Step): Promise<void> {
    this.#time.advance(10);
    if (step.name === "advance") this.#time.advance(step.ms);
    else if (step.name === "restart") this.#processes[step.which] = this.#open(step.which);
    else if ("tag" in step) await this.#mark(step);
    else if (step.name === "set") await this.#of(step.which).set(step.key, this.#make(step.key, step.tags), { ttl: TTL, tags: step.tags });
    else await this.#get(step);
    await turn();
  }

  async #mark({ name, which: index, tag }: Extract<Step, { tag: string }>): Promise<void> {
    await (name === "expire" ? this.#of(index).expireTag(tag) : this.#of(index).deleteTag(tag));
    const known = this.#time.now() + NEAR_TTL;
    if (name === "delete") this.#deletedAt.set(tag, known);
    for (const made of this.#made.values()) {
      if (!made.tags.includes(tag)) continue;
      made.expired = Math.min(made.expired, known);
      if (name === "delete") made.deleted = Math.min(made.deleted, known);
    }
  }

  async #get({ name, which: index, key: id, tags: given, isAdded }: Extract<Step, { isAdded: boolean }>): Promise<void> {
    const now = this.#time.now();
    const load = name === "fail" ? failing() : (): number => this.#make(id, given, isAdded);
    const options = isAdded ? { ttl: TTL } : { ttl: TTL, tags: given };
    const answer = await this.#of(index).getResult<number>(id, (context) => (isAdded && context.setTags(given), load()), options).catch(() => undefined);
    const made = answer && this.#made.get(answer.value);
    if (answer !== undefined) {
      expect(made?.key).toBe(id);
      if (!answer.stale) expect(made?.expired).toBeGreaterThan(now);
      expect(made?.deleted).toBeGreaterThan(now);
    } else if (name === "fail") this.#mayFail(id);
  }

  /** No good value may be lost that nobody has deleted. */
  #mayFail(id: string): void {
    const newest = this.#made.get(this.#newest.get(id) ?? -1);
    if (newest !== undefined && !newest.isDoubtful) expect(newest.deleted).toBeLessThan(Infinity);
  }

  #make(id: string, given: readonly string[], isAdded = false): number {
    const value = ++this.#count;
    const at = this.#time.now();
    const isDoubtful = given.some((tag) => (this.#deletedAt.get(tag) ?? -Infinity) + (isAdded ? UNSURE : 0) > at);
    this.#made.set(value, { key: id, tags: given, at, expired: Infinity, deleted: Infinity, isDoubtful });
    this.#newest.set(id, value);
    return value;
  }

  #of(index: number): Datastore {
    const process = this.#processes[index];
    if (process === undefined) throw new Error(`there is no process ${index}`);
    return process;
  }

  #open(index: number): Datastore {
    const cache = this.#makeCache[index];
    const skew = this.#skews[index] ?? 0;
    if (cache === undefined) throw new Error(`there is no cache ${index}`);
    const clock = { now: (): number => this.#time.now() + skew };
    return new Datastore({ cache, backup: this.#backup, clock, nearTtl: NEAR_TTL, cullAfter: Infinity });
  }
}

const fleets = [
  ["memory caches and a shared backup", () => mapCache],
  ["a shared cache", () => shared(byteCache())],
  ["a shared cache that compares stamps", () => shared(comparingCache())],
  ["near caches in front of a silent one", () => nearTo(comparingCache())],
  ["near caches in front of one that announces", () => nearTo(announcing(new Wire()))],
] as const;

function shared<T>(cache: T): () => T {
  return () => cache;
}

function nearTo(far: ReturnType<typeof byteCache> | ReturnType<typeof announcing>) {
  return () => [mapCache(), far] as const;
}

describe("nothing that was marked is fresh once all know, nothing deleted stands in, and nothing else is lost", () => {
  it.each(fleets.flatMap(([name, makeCaches]) => [
    { name, makeCaches, apart: [0, 180_000, -180_000, 240_000], tags: "given or added", isAdded: [true, false] },
    { name, makeCaches, apart: [0, 3_600_000, -3_600_000, 600_000], tags: "given", isAdded: [false] },
  ]))("with $name, clocks that differ by $apart, and tags that are $tags", async ({ makeCaches, apart, isAdded }) => {
    const skew = fc.constantFrom(...apart);
    await fc.assert(
      fc.asyncProperty(fc.array(stepWith(isAdded), { maxLength: 40, size: "max" }), fc.tuple(skew, skew, skew), async (steps, skews) => {
        const world = new World(makeCaches(), skews);
        for (const step of steps) await world.run(step);
      }),
      { numRuns: histories(200) },
    );
  }, histories(200) * 1_000);
});
