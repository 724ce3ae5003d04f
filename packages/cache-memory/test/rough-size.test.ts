import { describe, expect, it } from "vitest";
import { roughSize } from "../src/rough-size.ts";

describe("roughSize", () => {
  it("roughSize counts the bytes of a buffer, and only its own of a view", () => {
    for (const bytes of [new Uint8Array(10_000), new ArrayBuffer(10_000), new SharedArrayBuffer(10_000)]) {
      expect(roughSize(bytes)).toBeGreaterThanOrEqual(10_000);
      expect(roughSize(bytes)).toBeLessThan(10_500);
    }
    expect(roughSize(new Uint8Array(10_000).subarray(0, 100))).toBeLessThan(500);
  });

  it("roughSize counts the content of objects, arrays, maps and sets, at any depth", () => {
    const text = "x".repeat(5_000);
    for (const value of [{ a: { b: text } }, [[text]], new Map([[text, 1]]), new Map([[1, text]]), new Set([[text]])]) {
      expect(roughSize(value)).toBeGreaterThanOrEqual(10_000);
      expect(roughSize(value)).toBeLessThan(10_500);
    }
  });

  it("roughSize counts a shared object once, and ends on a circular one", () => {
    const shared = new Uint8Array(10_000);
    const value: { one: unknown; two: unknown; self?: unknown } = { one: [shared], two: [shared] };
    value.self = value;
    expect(roughSize(value)).toBeLessThan(11_000);
  });

  it("roughSize counts every field, even an empty one", () => {
    expect(roughSize(Array.from({ length: 1_000 }, () => null))).toBeGreaterThanOrEqual(8_000);
    expect(roughSize(Array.from({ length: 1_000 }, () => 0.5))).toBeGreaterThanOrEqual(16_000);
  });

  it("roughSize counts large integers by their digits", () => {
    expect(roughSize(1n << 80_000n)).toBeGreaterThanOrEqual(10_000);
  });

  it("roughSize is a whole number from 0 on for values of any type", () => {
    const primitives = [undefined, null, true, 0, -1.5, NaN, "", "é", 0n, 12_345n, Symbol("s")];
    const objects = [() => 0, new Date(), /x/, new Error("e"), Object.create(null), new WeakMap()];
    const values: unknown[] = [...primitives, ...objects];
    for (const value of values) {
      expect(Number.isSafeInteger(roughSize(value)), String(typeof value)).toBe(true);
      expect(roughSize(value)).toBeGreaterThanOrEqual(0);
    }
  });

  it("roughSize does not overflow the stack for deeply nested values", () => {
    let value: unknown = null;
    for (let depth = 0; depth < 200_000; depth++) value = { value };
    expect(roughSize(value)).toBeGreaterThan(200_000 * 32);
  });
});
