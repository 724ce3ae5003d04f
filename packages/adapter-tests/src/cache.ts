import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { ByteCacheAdapter, CacheAdapter, ValueCacheAdapter } from "@lastgood/core/adapter";
import { allBytes, assertSameBytes, bytesOfAnotherRealm, NO_BYTES, numberOf, patterned } from "./bytes.ts";
import { ABORTED, atOnce, attempt, meanwhile, overflownTimers } from "./calls.ts";
import { announcementTests, leaseTests } from "./fleet.ts";
import { ANY_STRINGS, IDS, NEIGHBOURS } from "./ids.ts";
import { type CreateStore, storeTests, type TestRunner } from "./suite.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Around the limits of timers (24.8 days), of Memcached (30 days) and of numbers. */
const LONG_TTLS: readonly number[] = [
  DAY,
  24.9 * DAY,
  30 * DAY,
  30 * DAY + 1,
  60 * DAY,
  10_000 * DAY,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_VALUE,
  Infinity,
];

const NOW = Date.UTC(2030, 0, 1);

/** Until when one is fresh, after when the other must not find it so, and whether the first stays. */
const FRESHNESS: readonly (readonly [freshUntil: number | undefined, unlessFreshAfter: number | undefined, stays: boolean])[] = [
  [NOW + 1, NOW, true],
  [NOW + 0.5, NOW, true],
  [Infinity, NOW, true],
  [NOW, NOW, false],
  [NOW - 1, NOW, false],
  [undefined, NOW, false],
  [undefined, 0, false],
  [NOW, undefined, false],
  [Infinity, undefined, false],
  [Infinity, Infinity, false],
];

/**
 * Proves a cache adapter: declares one test for each sentence of the contract.
 *
 * @param runner The `describe` and `it` of any test runner.
 * @param create Makes an empty store for each test.
 *
 * @example
 * ```ts
 * import { describe, it } from "node:test";
 * import { testCacheAdapter } from "@lastgood/adapter-tests";
 * import { memoryCache } from "@lastgood/cache-memory";
 *
 * testCacheAdapter({ describe, it }, () => ({ open: () => memoryCache(), destroy: () => {} }));
 * ```
 */
export function testCacheAdapter(runner: TestRunner, create: CreateStore<CacheAdapter>): void {
  const it = storeTests(runner, create);
  runner.describe("the contract of a cache: values", () => valueTests(it));
  runner.describe("the contract of a cache: older values", () => newerTests(it));
  runner.describe("the contract of a cache: many ids", () => manyTests(it));
  runner.describe("the contract of a cache: announcements", () => announcementTests(it));
  runner.describe("the contract of a cache: leases", () => leaseTests(it));
  runner.describe("the contract of a cache: time to live", () => ttlTests(it));
  runner.describe("the contract of a cache: delete", () => deleteTests(it));
  runner.describe("the contract of a cache: many callers, signals, closing", () => callerTests(it));
}

type It = ReturnType<typeof storeTests<CacheAdapter>>;

function valueTests(it: It): void {
  it("a cache has a name, and says whether it stores values or bytes", async (open) => {
    const cache = await open();
    assert.equal(typeof cache.name, "string");
    assert.notEqual(cache.name, "");
    assert.ok(["values", "bytes"].includes(cache.stores), `"stores" is ${JSON.stringify(cache.stores)}`);
  });

  it("get answers undefined for an id that was never set", async (open) => {
    const cache = await open();
    assert.equal(await cache.get("absent"), undefined);
    await cache.set("present", allBytes(), MINUTE);
    assert.equal(await cache.get("absent"), undefined);
  });

  it("get returns the value that was last set", async (open) => {
    const cache = await open();
    for (const [number, length] of [2_000, 20, 3_000].entries()) {
      await cache.set("id", patterned(number, length), MINUTE);
      assert.equal(numberOf(await cache.get("id")), number);
    }
  });

  it("get returns the very value that was set, or the same bytes, every one of the 256", async (open) => {
    const cache = await open();
    if (cache.stores === "values") await returnsTheVeryValue(cache);
    else await returnsTheBytes(cache);
  });

  it("a value of no bytes is told from no value", async (open) => {
    const cache = await open();
    await cache.set("empty", NO_BYTES, MINUTE);
    assertSameBytes(await cache.get("empty"), NO_BYTES, "no bytes");
  });

  it("a value of 256 KiB is kept whole", async (open) => {
    const cache = await open();
    await cache.set("large", patterned(1, 256 * 1024), MINUTE);
    assert.equal(numberOf(await cache.get("large")), 1);
  });

  it("only the bytes of a view are kept, not those of the buffer around it", async (open) => {
    const cache = await open();
    await cache.set("view", allBytes().subarray(100, 200), MINUTE);
    assertSameBytes(await cache.get("view"), allBytes().slice(100, 200), "the view");
  });

  it("bytes given to the adapter are not changed", async (open) => {
    const cache = await open();
    const given = patterned(1, 1_000);
    await cache.set("id", given, MINUTE);
    await cache.get("id");
    await cache.set("id", patterned(2, 1_000), MINUTE);
    await cache.delete("id");
    assertSameBytes(given, patterned(1, 1_000), "the bytes given");
  });

  it("bytes returned by the adapter are not changed later", async (open) => {
    const cache = await open();
    await cache.set("id", patterned(1, 1_000), MINUTE);
    const returned = await cache.get("id");
    await cache.set("id", patterned(2, 1_000), MINUTE);
    await cache.get("id");
    await cache.delete("id");
    assertSameBytes(returned, patterned(1, 1_000), "the bytes returned");
  });

  it("the caller may change bytes that a byte cache returned: no value and no other answer changes with them", async (open) => {
    const cache = await open();
    if (cache.stores !== "bytes") return;
    await cache.set("id", patterned(1, 1_000), MINUTE);
    const [first, second] = await atOnce(2, () => cache.get("id"));
    first?.fill(0);
    assertSameBytes(second, patterned(1, 1_000), "the bytes of a get at the same time");
    assertSameBytes(await cache.get("id"), patterned(1, 1_000), "the bytes of a later get");
  });

  it("bytes of another realm are accepted, as a test file under Jest has them", async (open) => {
    const cache = await open();
    await cache.set("id", bytesOfAnotherRealm(), MINUTE);
    assertSameBytes(await cache.get("id"), allBytes(), "the bytes");
  });

  it("every valid id is accepted, and ids are told apart", async (open) => {
    const cache = await open();
    const ids = cache.stores === "values" ? ANY_STRINGS : IDS;
    for (const [number, id] of ids.entries()) await cache.set(id, patterned(number, 20), MINUTE);
    for (const [number, id] of ids.entries()) {
      assert.equal(numberOf(await cache.get(id)), number, `under ${JSON.stringify(id).slice(0, 120)}`);
    }
  });
}

function newerTests(it: It): void {
  it("setUnlessNewer, if a store has it, leaves the value of the greatest loadedAt, whatever the order", async (open) => {
    const cache = await open();
    if (cache.stores !== "bytes" || !cache.setUnlessNewer) return;
    for (const [number, loadedAt] of [20, 30, 10, 30, 29].entries()) {
      await cache.setUnlessNewer("id", patterned(number, 20 + number), MINUTE, { loadedAt });
    }
    assert.equal(numberOf(await cache.get("id")), 3, "of two with the same loadedAt the later one stays, and none that is older");
  });

  it("setUnlessNewer, if a store has it, leaves a value of the same loadedAt that is fresh after unlessFreshAfter, and replaces every other", async (open) => {
    const cache = await open();
    if (cache.stores !== "bytes" || !cache.setUnlessNewer) return;
    for (const [freshUntil, unlessFreshAfter, stays] of FRESHNESS) {
      const id = `fresh-until-${String(freshUntil).replace(/\W/, "_").toLowerCase()}-${String(unlessFreshAfter).toLowerCase()}`;
      await cache.setUnlessNewer(id, patterned(1, 20), MINUTE, { loadedAt: 30, freshUntil });
      await cache.setUnlessNewer(id, patterned(2, 21), MINUTE, { loadedAt: 30, unlessFreshAfter });
      assert.equal(numberOf(await cache.get(id)), stays ? 1 : 2, `fresh until ${freshUntil}, unless fresh after ${unlessFreshAfter}`);
      await cache.setUnlessNewer(id, patterned(3, 22), MINUTE, { loadedAt: 31, unlessFreshAfter });
      assert.equal(numberOf(await cache.get(id)), 3, "a value with a greater loadedAt replaces it");
      await cache.setUnlessNewer(id, patterned(4, 23), MINUTE, { loadedAt: 30, freshUntil: Infinity, unlessFreshAfter: 0 });
      assert.equal(numberOf(await cache.get(id)), 3, "and stays, however fresh the older one is");
    }
  });

  it("set replaces what setUnlessNewer has kept, and a delete forgets its loadedAt", async (open) => {
    const cache = await open();
    if (cache.stores !== "bytes" || !cache.setUnlessNewer) return;
    await cache.setUnlessNewer("id", patterned(1, 20), MINUTE, { loadedAt: 30 });
    await cache.set("id", patterned(2, 20), MINUTE);
    assert.equal(numberOf(await cache.get("id")), 2);
    await cache.setUnlessNewer("id", patterned(3, 20), MINUTE, { loadedAt: 30 });
    await cache.delete("id");
    await cache.setUnlessNewer("id", patterned(4, 20), MINUTE, { loadedAt: 10 });
    assert.equal(numberOf(await cache.get("id")), 4);
  });
}

function manyTests(it: It): void {
  it("getMany, if a store has it, answers as get does for each id, in their order, whether it is there, absent, or asked for twice", async (open) => {
    const cache = await open();
    if (cache.stores !== "bytes" || !cache.getMany) return;
    assert.deepEqual(await cache.getMany([]), []);
    const ids = Array.from({ length: 300 }, (_, index) => `id-${index}`);
    for (const [number, id] of ids.entries()) if (number % 3 !== 0) await cache.set(id, patterned(number, 20 + number), MINUTE);
    await cache.set("empty", NO_BYTES, MINUTE);
    const asked = ["id-7", "empty", ...ids.toReversed(), "absent", "id-7"];
    const found = await cache.getMany(asked);
    assert.equal(found.length, asked.length, `${asked.length} ids were asked for`);
    for (const [index, id] of asked.entries()) {
      const one = await cache.get(id);
      if (one === undefined) assert.equal(found[index], undefined, `getMany has something for "${id}", and get has nothing`);
      else assertSameBytes(found[index], one, `the bytes of "${id}"`);
    }
  });
}

function ttlTests(it: It): void {
  it("set refuses no ttl, however short or long, whole or not", async (open) => {
    const cache = await open();
    for (const ttl of [Number.MIN_VALUE, 0.4, 1, 1.5, 999.999, 1_000.001, ...LONG_TTLS]) await cache.set("id", allBytes(), ttl);
  });

  it("a long ttl is not taken for a short one", async (open) => {
    const cache = await open();
    for (const [index, ttl] of LONG_TTLS.entries()) await cache.set(`ttl-${index}`, allBytes(), ttl);
    await overflownTimers();
    for (const [index, ttl] of LONG_TTLS.entries()) {
      assert.notEqual(await cache.get(`ttl-${index}`), undefined, `gone at once, with a ttl of ${ttl} ms`);
    }
  });
}

function deleteTests(it: It): void {
  it("delete forgets this id and no other", async (open) => {
    const cache = await open();
    for (const id of NEIGHBOURS) await cache.set(id, allBytes(), MINUTE);
    const [deleted = "", ...others] = NEIGHBOURS;
    await cache.delete(deleted);
    assert.equal(await cache.get(deleted), undefined);
    for (const id of others) assert.notEqual(await cache.get(id), undefined, `delete("${deleted}") took "${id}" with it`);
  });

  it("deleting an absent id is no error", async (open) => {
    const cache = await open();
    await cache.delete("never-set");
    await cache.set("id", allBytes(), MINUTE);
    await cache.delete("id");
    await cache.delete("id");
    assert.equal(await cache.get("id"), undefined);
  });

  it("an id can be set again after its delete", async (open) => {
    const cache = await open();
    await cache.set("id", patterned(1, 20), MINUTE);
    await cache.delete("id");
    await cache.set("id", patterned(2, 20), MINUTE);
    assert.equal(numberOf(await cache.get("id")), 2);
  });
}

function callerTests(it: It): void {
  it("many sets of the same id at once leave one of the values, and a get among them gives one of them, whole", async (open) => {
    const cache = await open();
    await cache.set("id", patterned(0, 20), MINUTE);
    const sets = atOnce(50, (index) => cache.set("id", patterned(index, 20 + index * 200), MINUTE));
    await meanwhile(sets, async () => numberOf(await cache.get("id")));
    numberOf(await cache.get("id"));
  });

  it("many sets of different ids at once leave each id its own value", async (open) => {
    const cache = await open();
    await atOnce(50, (index) => cache.set(`id-${index}`, patterned(index, 20 + index * 200), MINUTE));
    const numbers = await atOnce(50, async (index) => numberOf(await cache.get(`id-${index}`)));
    assert.deepEqual(numbers, [...numbers.keys()]);
  });

  it("with a signal that is aborted, a call rejects or answers, and no value is spoilt", async (open) => {
    const cache = await open();
    for (const [index, aborted] of ABORTED.entries()) {
      // A separate id for each, because an aborted set may still take effect.
      const id = `id-${index}`;
      await cache.set(id, patterned(1, 2_000), MINUTE);
      const got = await attempt(() => cache.get(id, { signal: aborted() }));
      if (got.answered) assert.equal(numberOf(got.result), 1);
    }
    for (const [index, aborted] of ABORTED.entries()) {
      const id = `id-${index}`;
      const set = await attempt(() => cache.set(id, patterned(2, 3_000), MINUTE, { signal: aborted() }));
      const number = numberOf(await cache.get(id));
      assert.ok(number === 2 || !set.answered, "a set answered, and the value is not there");
    }
    for (const aborted of ABORTED) {
      await cache.set("deleted", allBytes(), MINUTE);
      const deleted = await attempt(() => cache.delete("deleted", { signal: aborted() }));
      const left = await cache.get("deleted");
      assert.ok(left === undefined || !deleted.answered, "a delete answered, and the value is still there");
    }
  });

  it("closing one adapter closes nothing of another one's", async (open) => {
    const first = await open();
    const second = await open();
    if (first !== second) await first.close?.();
    await second.set("id", allBytes(), MINUTE);
    assertSameBytes(await second.get("id"), allBytes(), "the value");
  });

  it("a second close does nothing", async (open) => {
    const cache = await open();
    await cache.close?.();
    await cache.close?.();
  });
}

async function returnsTheVeryValue(cache: ValueCacheAdapter): Promise<void> {
  const values = valuesOfAnyType();
  for (const [index, value] of values.entries()) await cache.set(`id-${index}`, value, MINUTE);
  for (const [index, value] of values.entries()) {
    assert.ok(Object.is(await cache.get(`id-${index}`), value), `${inspect(value)} came back as another value`);
  }
}

async function returnsTheBytes(cache: ByteCacheAdapter): Promise<void> {
  for (const bytes of [allBytes, () => allBytes().toReversed()]) {
    await cache.set("id", bytes(), MINUTE);
    assertSameBytes(await cache.get("id"), bytes(), "the bytes");
  }
}

function valuesOfAnyType(): unknown[] {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  return [
    null,
    false,
    0,
    -0,
    NaN,
    "",
    1n,
    Symbol("value"),
    () => 0,
    Object.freeze({ frozen: true }),
    Object.create(null),
    new Map([[{}, new Date()]]),
    circular,
    allBytes(),
  ];
}
