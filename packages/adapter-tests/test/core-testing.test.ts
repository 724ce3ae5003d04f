import { manualClock, memoryBackup } from "@lastgood/core/testing";
import { describe, expect, it } from "vitest";

/** conformance.test.ts proves that `memoryBackup` keeps the contract. */
describe("memoryBackup", () => {
  it("memoryBackup keeps two generations by default", async () => {
    expect(await generationsKept(memoryBackup())).toEqual([5_000, 4_000]);
  });

  it("memoryBackup keeps as many generations as it is told to", async () => {
    expect(await generationsKept(memoryBackup({ generations: 3 }))).toEqual([5_000, 4_000, 3_000]);
  });

  it("memoryBackup answers synchronously", () => {
    const backup = memoryBackup();
    expect(backup.write("id", Uint8Array.of(1), { loadedAt: 1_000, usedAt: 1_000 })).toBe(1_000);
    expect(backup.read("id")).toEqual({ bytes: Uint8Array.of(1), loadedAt: 1_000 });
    expect(backup.delete("id")).toBe(true);
  });

  it("memoryBackup stores a copy of the bytes, so that later changes by the caller do no harm", () => {
    const backup = memoryBackup();
    // A Buffer: its `slice` is a view.
    const written = Buffer.from([1, 2, 3]);
    backup.write("id", written, { loadedAt: 1_000, usedAt: 1_000 });
    written.fill(0);
    const read = backup.read("id");
    expect(read).toEqual({ bytes: Uint8Array.of(1, 2, 3), loadedAt: 1_000 });
    if (read && "bytes" in read) read.bytes.fill(0);
    expect(backup.read("id")).toEqual({ bytes: Uint8Array.of(1, 2, 3), loadedAt: 1_000 });
  });

  it("memoryBackup keeps the later of two records with one stamp", () => {
    const backup = memoryBackup();
    backup.write("id", Uint8Array.of(1), { loadedAt: 1_000, usedAt: 1_000 });
    backup.write("id", Uint8Array.of(2), { loadedAt: 1_000, usedAt: 1_000 });
    expect(backup.read("id")).toEqual({ bytes: Uint8Array.of(2), loadedAt: 1_000 });
  });

  it("memoryBackup lists an id once if it is deleted and written again meanwhile", async () => {
    const backup = memoryBackup();
    const written = { loadedAt: 1_000, usedAt: 1_000 };
    for (const id of ["a", "b"]) backup.write(id, Uint8Array.of(1), written);
    const ids: string[] = [];
    for await (const { id } of backup.list()) {
      ids.push(id);
      backup.delete(id);
      backup.write(id, Uint8Array.of(2), written);
      if (ids.length > 2) break;
    }
    expect(ids).toEqual(["a", "b"]);
  });

  it("memoryBackup refuses fewer than two generations, and anything but a number", () => {
    for (const generations of [1, 0, -2, 2.5, NaN, Infinity]) {
      const message = `memoryBackup: generations must be a whole number from 2 on; got ${generations}`;
      expect(() => memoryBackup({ generations })).toThrow(message);
    }
    // A caller without types.
    const options: object = { generations: "3" };
    expect(() => memoryBackup(options)).toThrow('memoryBackup: generations must be a whole number from 2 on; got "3"');
  });
});

describe("manualClock", () => {
  it("manualClock stands still until it is moved", () => {
    const clock = manualClock(1_000);
    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
  });

  it("manualClock advances by a duration, and jumps to a time, forwards or back", () => {
    const clock = manualClock(1_000);
    clock.advance(500);
    expect(clock.now()).toBe(1_500);
    clock.set(100);
    expect(clock.now()).toBe(100);
  });

  it("manualClock starts at a realistic time", () => {
    expect(manualClock().now()).toBe(Date.UTC(2030, 0, 1));
  });

  it("manualClock refuses anything but a time", () => {
    expect(() => manualClock(NaN)).toThrow(RangeError);
    const clock = manualClock(1_000);
    expect(() => clock.advance(Infinity)).toThrow(RangeError);
    expect(() => clock.set(NaN)).toThrow(RangeError);
    expect(clock.now()).toBe(1_000);
  });
});

async function generationsKept(backup: ReturnType<typeof memoryBackup>): Promise<number[]> {
  for (const loadedAt of [3_000, 1_000, 5_000, 2_000, 4_000]) {
    await backup.write("id", new Uint8Array(1), { loadedAt, usedAt: loadedAt });
  }
  const stamps: number[] = [];
  let record = await backup.read("id");
  while (record) {
    stamps.push(record.loadedAt);
    record = await backup.read("id", { before: record.loadedAt });
  }
  return stamps;
}
