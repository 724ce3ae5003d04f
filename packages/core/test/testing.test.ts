import { describe, expect, it } from "vitest";
import { manualClock, memoryBackup } from "../src/testing.ts";

describe("memoryBackup and manualClock", () => {
  it("memoryBackup gives out one lock at a time", async () => {
    const backup = memoryBackup();
    const release = await backup.lock?.();
    expect(await backup.lock?.()).toBeUndefined();
    await release?.();
    await release?.();
    expect(await backup.lock?.()).toBeTypeOf("function");
  });

  it("memoryBackup and manualClock refuse values that nobody can have meant", () => {
    expect(() => memoryBackup({ generations: 1 })).toThrow(RangeError);
    expect(() => manualClock(NaN)).toThrow(RangeError);
    expect(() => manualClock().advance(Infinity)).toThrow(RangeError);
  });

  it("a manualClock stands still until it is moved", () => {
    const clock = manualClock(1_000);
    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
    clock.advance(5);
    expect(clock.now()).toBe(1_005);
    clock.set(10);
    expect(clock.now()).toBe(10);
  });
});
