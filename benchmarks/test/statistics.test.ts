import { describe, expect, it } from "vitest";
import { percentile, ratio, summary } from "../src/statistics.mjs";

describe("statistics", () => {
  it("a summary is the median of the samples and their range", () => {
    expect(summary([5, 1, 100])).toEqual({ median: 5, low: 1, high: 100, samples: 3 });
    expect(summary([1, 2])).toMatchObject({ median: 1.5 });
  });

  it("a summary of no samples is refused", () => {
    expect(() => summary([])).toThrow(/nothing was measured/);
  });

  it("a ratio pairs each round with its own baseline, so that a slow round does not count", () => {
    expect(ratio([2, 20, 2], [1, 10, 1])).toEqual({ median: 2, low: 2, high: 2, samples: 3 });
    expect(() => ratio([1], [1, 2])).toThrow(/paired/);
  });

  it("a percentile lies between the samples next to it", () => {
    expect(percentile([3, 1, 2], 0)).toBe(1);
    expect(percentile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(percentile([1, 2, 3], 1)).toBe(3);
  });
});
