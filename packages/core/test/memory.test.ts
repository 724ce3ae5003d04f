import { executionAsyncResource } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { Datastore, type DatastoreOptions } from "../src/index.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { heldBytes } from "./support/memory.ts";
import { failing, setUp } from "./support/setting.ts";
import { lies, mapCache } from "./support/stores.ts";

const MANY = 30_000;
const FEW_BYTES = 3_000_000; // many keys with anything held for each are more than 5 MB

/** A datastore whose stores forget at once, so that what is held is core's own. */
function forgetful(options: Partial<DatastoreOptions> = {}): Datastore {
  const { cache, backup, another } = setUp({ cullAfter: Infinity, ...options });
  cache.calls.push = () => 0;
  backup.calls.push = () => 0;
  cache.fails("set", lies(undefined));
  backup.fails("write", lies(0));
  return another();
}

async function growth(work: (n: number) => Promise<unknown>): Promise<number> {
  for (let n = 0; n < 12_000; n++) await work(-n); // what is remembered of the latest keys is remembered by then
  const before = heldBytes();
  for (let n = 0; n < MANY; n++) await work(n);
  return heldBytes() - before;
}

const longKey = (n: number): string => `a key that is as long as many keys are, and longer than some: ${n}`;

describe("memory does not grow with", () => {
  it("keys that were loaded once", async () => {
    const datastore = forgetful();
    expect(await growth((n) => datastore.get(longKey(n), () => n))).toBeLessThan(FEW_BYTES);
  });

  it("memory does not grow with loads that never settle, once they have timed out", async () => {
    const datastore = forgetful({ timeout: 1 });
    const load = (): Promise<never> => new Promise(() => {});
    const many = (from: number): Promise<unknown> => Promise.allSettled(Array.from({ length: 2_000 }, (_, n) => datastore.get(`${from + n}`, load)));
    await many(0);
    const before = heldBytes();
    for (let n = 1; n <= 5; n++) await many(n * 2_000);
    await new Promise((resolve) => setTimeout(resolve, 50)); // what has been collected is taken out of the books
    expect((heldBytes() - before) / 10_000).toBeLessThan(300);
  });

  it("memory grows by little with each load that has timed out, though the program holds the promise that never settles", async () => {
    const datastore = forgetful({ timeout: 1 });
    const held: Promise<never>[] = [];
    const load = (): Promise<never> => {
      const never = new Promise<never>(() => {});
      held.push(never);
      return never;
    };
    const many = (from: number): Promise<unknown> => Promise.allSettled(Array.from({ length: 2_000 }, (_, n) => datastore.get(`${from + n}`, load)));
    await many(0);
    const before = heldBytes();
    for (let n = 1; n <= 3; n++) await many(n * 2_000);
    await new Promise((resolve) => setTimeout(resolve, 50)); // what has been collected is taken out of the books
    expect((heldBytes() - before) / 6_000).toBeLessThan(4_500); // the timer of its deadline alone was 1,600
    expect(held).toHaveLength(8_000);
  });

  it("keys that failed once", async () => {
    const datastore = forgetful();
    const load = failing();
    expect(await growth((n) => datastore.get(longKey(n), load).catch(() => {}))).toBeLessThan(FEW_BYTES);
  });

  it("keys that were deleted, set and expired", async () => {
    const datastore = forgetful();
    const work = async (n: number): Promise<void> => {
      await datastore.set(longKey(n), n);
      await datastore.expire(longKey(n));
      await datastore.delete(longKey(n));
    };
    expect(await growth(work)).toBeLessThan(FEW_BYTES);
  });

  it("different ttls", async () => {
    const datastore = forgetful();
    expect(await growth((n) => datastore.get("key", () => n, 1_000 + Math.abs(n)))).toBeLessThan(FEW_BYTES);
  });

  it("datastores that were made, used and closed", async () => {
    const use = async (): Promise<void> => {
      // setUp would hold it until the end of the test.
      const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup(), clock: manualClock() });
      await datastore.get("key", () => "value");
      await datastore.close();
    };
    for (let n = 0; n < 300; n++) await use();
    const before = heldBytes();
    for (let n = 0; n < 1_000; n++) await use();
    expect(heldBytes() - before).toBeLessThan(2_000_000); // each of them is more than 3 KB
  });
});

describe("a datastore", () => {
  it("a datastore costs the rest of the process nothing once it is gone: promises carry nothing of it along", async () => {
    const carried = (): number => Object.getOwnPropertySymbols(executionAsyncResource()).length;
    for (let n = 0; n < 50; n++) await setUp().another().get("key", () => "value");
    await Promise.resolve();
    expect(await setUp().datastore.get("key", async () => (await Promise.resolve(), carried()))).toBeLessThan(10);
  });
});
