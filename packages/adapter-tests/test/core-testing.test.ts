import { manualClock, memoryBackup } from "@lastgood/core/testing";
import { describe, expect, it } from "vitest";

/** That `memoryBackup` keeps the contract, conformance.test.ts proves. */
describe("memoryBackup", () => {
  it("keeps two generations unless told otherwise", async () => {
    expect(await generationsKept(memoryBackup())).toEqual([5_000, 4_000]);
  });

  it("keeps as many generations as it is told to", async () => {
    expect(await generationsKept(memoryBackup({ generations: 3 }))).toEqual([5_000, 4_000, 3_000]);
  });

  it("answers at once", () => {
    const backup = memoryBackup();
    expect(backup.write("id", Uint8Array.of(1), { loadedAt: 1_000, usedAt: 1_000 })).toBe(1_000);
    expect(backup.read("id")).toEqual({ bytes: Uint8Array.of(1), loadedAt: 1_000 });
    expect(backup.delete("id")).toBe(true);
  });

  it("keeps a copy: what its caller does to the bytes afterwards changes nothing", () => {
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

  it("keeps the later of two records with the same stamp", () => {
    const backup = memoryBackup();
    backup.write("id", Uint8Array.of(1), { loadedAt: 1_000, usedAt: 1_000 });
    backup.write("id", Uint8Array.of(2), { loadedAt: 1_000, usedAt: 1_000 });
    expect(backup.read("id")).toEqual({ bytes: Uint8Array.of(2), loadedAt: 1_000 });
  });

  it("lists an id once that is deleted and written again meanwhile", async () => {
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

  it("refuses fewer than two generations, and what is no number", () => {
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
  it("stands still until it is told to move", () => {
    const clock = manualClock(1_000);
    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
  });

  it("advances by what it is told, and jumps to where it is told, forwards or back", () => {
    const clock = manualClock(1_000);
    clock.advance(500);
    expect(clock.now()).toBe(1_500);
    clock.set(100);
    expect(clock.now()).toBe(100);
  });

  it("starts at a time that could be today's", () => {
    expect(manualClock().now()).toBe(Date.UTC(2030, 0, 1));
  });

  it("refuses a time that is no time", () => {
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
