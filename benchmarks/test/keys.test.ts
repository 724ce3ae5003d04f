import { describe, expect, it } from "vitest";
import { keysOf, zipf } from "../src/keys.mjs";

describe("keys", () => {
  it("the sequence of keys is the same in every run", () => {
    expect(zipf(keysOf(100), 50)).toEqual(zipf(keysOf(100), 50));
  });

  it("in a Zipf distribution the first key comes about twice as often as the second, and ten times as often as the tenth", () => {
    const keys = keysOf(100);
    const counts = countOf(zipf(keys, 100_000));
    const count = (rank: number): number => counts.get(keys[rank - 1] ?? "") ?? 0;
    expect(count(1) / count(2)).toBeCloseTo(2, 0);
    expect(count(1) / count(10)).toBeGreaterThan(8);
    expect(count(1) / count(10)).toBeLessThan(12);
  });
});

function countOf(sequence: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of sequence) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
