import type { BackupInfo } from "@lastgood/core/adapter";
import { describe, expect, it } from "vitest";
import { type Fault, flaky, type FlakyCall, type FlakyOperation, testBackupAdapter, testCacheAdapter } from "../src/index.ts";
import { backup, byteCache, storeOf, valueCache } from "./correct.ts";

const BYTES = Uint8Array.of(1, 2, 3);
const ONE = { loadedAt: 1_000, usedAt: 1_000 };

/** A plan with one fault for one operation. */
function only(operation: FlakyOperation, fault: Fault): (call: FlakyCall) => Fault | undefined {
  return (call) => (call.operation === operation ? fault : undefined);
}

describe("a flaky adapter without faults keeps the contract", () => {
  const kit = { describe, it };
  describe("values", () => testCacheAdapter(kit, storeOf(() => flaky(valueCache(), () => undefined))));
  describe("bytes", () => testCacheAdapter(kit, storeOf(() => flaky(byteCache(), () => undefined))));
  describe("backup", () => testBackupAdapter(kit, storeOf(() => flaky(backup(), () => undefined))));
  describe("slow backup", () => testBackupAdapter(kit, storeOf(() => flaky(backup(), () => Promise.resolve()))));
});

describe("flaky", () => {
  it("flaky keeps the adapter's name and kind, and adds no methods", () => {
    expect(flaky(valueCache(), () => "throw").name).toBe("values");
    expect(flaky(valueCache(), () => "throw").stores).toBe("values");
    const { lock: _, ...withoutLock } = backup();
    expect("lock" in flaky(withoutLock, () => "throw")).toBe(false);
    expect(flaky(backup(), () => "throw").close).toBeUndefined();
  });

  it("flaky calls the plan with the operation, the id and the count of the call", async () => {
    const calls: FlakyCall[] = [];
    const flakyBackup = flaky(backup(), (call) => void calls.push(call));
    await flakyBackup.write("a", BYTES, ONE);
    await flakyBackup.read("a");
    await flakyBackup.read("b");
    await flakyBackup.lock?.();
    for await (const _ of flakyBackup.list());
    expect(calls).toEqual([
      { operation: "write", id: "a", count: 1 },
      { operation: "read", id: "a", count: 1 },
      { operation: "read", id: "b", count: 2 },
      { operation: "lock", id: undefined, count: 1 },
      { operation: "list", id: undefined, count: 1 },
      { operation: "entry", id: "a", count: 1 },
    ]);
  });

  it("flaky answers synchronously if the adapter does", () => {
    const cache = flaky(valueCache(), () => undefined);
    cache.set("id", "value", 1_000);
    expect(cache.get("id")).toBe("value");
  });

  it("flaky waits for the promise of a plan, and then makes the call", async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const inner = valueCache();
    const set = flaky(inner, () => gate).set("id", "value", 1_000);
    await turns();
    expect(inner.get("id")).toBeUndefined();
    open();
    await set;
    expect(inner.get("id")).toBe("value");
  });

  it('"throw" throws at once, and the store is not asked', async () => {
    const inner = backup();
    const flakyBackup = flaky(inner, only("write", "throw"));
    expect(() => flakyBackup.write("id", BYTES, ONE)).toThrow('flaky: write of "id" fails as planned');
    expect(await inner.read("id")).toBeUndefined();
  });

  it("an error from the plan, returned or thrown, is thrown as it is", async () => {
    const error = new Error("disk on fire");
    expect(() => flaky(backup(), () => error).read("id")).toThrow(error);
    const throwing = flaky(backup(), () => {
      throw error;
    });
    expect(() => throwing.read("id")).toThrow(error);
    await expect(flaky(backup(), () => Promise.resolve(error)).read("id")).rejects.toBe(error);
    await expect(flaky(backup(), () => Promise.reject(error)).read("id")).rejects.toBe(error);
  });

  it('"throw-after" throws when the store has done what it was asked', async () => {
    const inner = backup();
    expect(() => flaky(inner, only("write", "throw-after")).write("id", BYTES, ONE)).toThrow("fails as planned");
    expect(await inner.read("id")).toEqual({ bytes: BYTES, loadedAt: 1_000 });
    const slow = { ...inner, delete: async (id: string) => await inner.delete(id) };
    await expect(flaky(slow, only("delete", "throw-after")).delete("id")).rejects.toThrow("fails as planned");
    expect(await inner.read("id")).toBeUndefined();
  });

  it('"hang" never ends, not even when the signal is aborted', async () => {
    const controller = new AbortController();
    const ended: string[] = [];
    const call = Promise.resolve(flaky(backup(), () => "hang").read("id", { signal: controller.signal }));
    call.then(() => ended.push("answered"), () => ended.push("failed"));
    controller.abort();
    await turns();
    expect(ended).toEqual([]);
  });

  it('"hang-until-abort" throws the reason when the signal is aborted, and not before', async () => {
    const controller = new AbortController();
    const ended: unknown[] = [];
    const options = { signal: controller.signal };
    const call = Promise.resolve(flaky(backup(), () => "hang-until-abort").write("id", BYTES, { ...ONE, ...options }));
    const caught = call.catch((error: unknown) => ended.push(error));
    await turns();
    expect(ended).toEqual([]);
    const reason = new Error("enough");
    controller.abort(reason);
    await caught;
    expect(ended).toEqual([reason]);
    await expect(flaky(byteCache(), () => "hang-until-abort").get("id", options)).rejects.toBe(reason);
  });

  it('"hang-until-abort" hears a signal of another realm', async () => {
    const signal = Object.assign(new EventTarget(), { aborted: false, reason: new Error("enough"), onabort: null, throwIfAborted() {} });
    const call = Promise.resolve(flaky(backup(), () => "hang-until-abort").read("id", { signal }));
    signal.dispatchEvent(new Event("abort"));
    await expect(call).rejects.toThrow("enough");
  });

  it('"nothing" answers that nothing is there or that all is done, and the store is not asked', async () => {
    const inner = backup();
    await inner.write("id", BYTES, ONE);
    const liar = flaky(inner, () => "nothing");
    expect(await liar.read("id")).toBeUndefined();
    expect(await liar.write("id", BYTES, { loadedAt: 2_000, usedAt: 2_000 })).toBe(2_000);
    expect(await liar.touch("id", { usedAt: 9_000 })).toBeUndefined();
    expect(await liar.delete("id")).toBe(false);
    expect(await liar.lock?.()).toBeUndefined();
    expect(await ids(liar.list())).toEqual([]);
    expect(await all(inner.list())).toEqual([{ id: "id", usedAt: 1_000, loadedAt: 1_000, size: 3 }]);
    const cache = byteCache();
    await cache.set("id", BYTES, 1_000);
    expect(await flaky(cache, () => "nothing").get("id")).toBeUndefined();
  });

  it('"corrupt" changes one byte of what is read, and leaves the store as it is', async () => {
    const inner = backup();
    await inner.write("id", BYTES, ONE);
    expect(await flaky(inner, only("read", "corrupt")).read("id")).toEqual({ bytes: Uint8Array.of(1, 253, 3), loadedAt: 1_000 });
    expect(await flaky(inner, only("read", "corrupt")).read("absent")).toBeUndefined();
    expect(await inner.read("id")).toEqual({ bytes: BYTES, loadedAt: 1_000 });
    const cache = byteCache();
    await cache.set("id", BYTES, 1_000);
    expect(await flaky(cache, only("get", "corrupt")).get("id")).toEqual(Uint8Array.of(1, 253, 3));
  });

  it('"corrupt" changes one byte of what is written, and leaves the given bytes as they are', async () => {
    const inner = backup();
    const given = Uint8Array.of(1, 2, 3);
    await flaky(inner, only("write", "corrupt")).write("id", given, ONE);
    expect(given).toEqual(BYTES);
    expect(await inner.read("id")).toEqual({ bytes: Uint8Array.of(1, 253, 3), loadedAt: 1_000 });
    await flaky(inner, only("write", "corrupt")).write("empty", new Uint8Array(0), ONE);
    expect((await inner.read("empty"))?.bytes).toHaveLength(1);
  });

  it('"corrupt" of a value that is not bytes is an error of the plan', () => {
    const cache = flaky(valueCache(), () => "corrupt");
    expect(() => cache.set("id", { value: 1 }, 1_000)).toThrow(TypeError);
  });

  it("a list can fail at its start, half-way and at its end, and can leave out an id", async () => {
    const inner = backup();
    for (const id of ["a", "b", "c"]) await inner.write(id, BYTES, ONE);
    await expect(ids(flaky(inner, only("list", "throw")).list())).rejects.toThrow("flaky: list fails as planned");
    const given: string[] = [];
    const halfway = flaky(inner, ({ operation, count }) => (operation === "entry" && count === 2 ? "throw" : undefined));
    await expect(ids(halfway.list(), given)).rejects.toThrow('flaky: entry of "b" fails as planned');
    expect(given).toEqual(["a"]);
    const toTheEnd: string[] = [];
    await expect(ids(flaky(inner, only("list", "throw-after")).list(), toTheEnd)).rejects.toThrow("fails as planned");
    expect(toTheEnd).toEqual(["a", "b", "c"]);
    const leaving = flaky(inner, ({ operation, id }) => (operation === "entry" && id === "b" ? "nothing" : undefined));
    expect(await ids(leaving.list())).toEqual(["a", "c"]);
  });
});

async function all(list: AsyncIterable<BackupInfo>): Promise<BackupInfo[]> {
  const found: BackupInfo[] = [];
  for await (const info of list) found.push(info);
  return found;
}

async function ids(list: AsyncIterable<BackupInfo>, into: string[] = []): Promise<string[]> {
  for await (const { id } of list) into.push(id);
  return into;
}

/** Waits long enough for any work that needs only turns of the event loop. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
