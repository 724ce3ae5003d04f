import { parseDuration } from "../src/index.ts";
import { describe, expect, it } from "vitest";

describe("parseDuration", () => {
  it.each([
    ["250ms", 250],
    ["90s", 90_000],
    ["1.5h", 5_400_000],
    ["30 d", 2_592_000_000],
    ["2w", 1_209_600_000],
    [7, 7],
    [Infinity, Infinity],
  ])("reads %s as %d milliseconds", (duration, ms) => {
    expect(parseDuration(duration)).toBe(ms);
  });

  it.each(["", "5", "5 minutes", "-5m", "m"])("parseDuration refuses %j and names it", (text) => {
    expect(() => parseDuration(text, "POLL_EVERY")).toThrow(RangeError);
    expect(() => parseDuration(text, "POLL_EVERY")).toThrow(/^POLL_EVERY must be /);
  });

  it("parseDuration refuses what is neither a number nor a string, and calls it a duration if it has no other name", () => {
    expect(() => parseDuration(undefined)).toThrow(TypeError);
    expect(() => parseDuration(undefined)).toThrow(/^duration must be /);
  });
});
