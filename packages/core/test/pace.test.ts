import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pace } from "../src/time/pace.ts";
import { isSettled } from "./support/gate.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** A pace beside others who use the store at each call of `use`. */
function beside(): { readonly pace: Pace; use(): void } {
  let uses = 7;
  return { pace: new Pace(() => uses), use: () => void uses++ };
}

/** Whether there is a rest after a long step, in which `uses` may use the store. */
async function rests(pace: Pace, uses: () => void = () => {}): Promise<boolean> {
  pace.begin();
  uses();
  vi.advanceTimersByTime(1_000);
  const rest = pace.rest();
  const isResting = !(await isSettled(rest));
  await rest;
  return isResting;
}

describe("the pace of work in no hurry", () => {
  it("work rests after a step while others use the store, and not otherwise", async () => {
    const { pace, use } = beside();
    expect(await rests(pace)).toBe(false);
    expect(await rests(pace, use)).toBe(true);
  });

  it("a use gives way for a second after it was seen", () => {
    const { pace, use } = beside();
    pace.begin();
    expect(pace.givesWay).toBe(false);
    use();
    expect(pace.givesWay).toBe(true);
    vi.advanceTimersByTime(999);
    expect(pace.givesWay).toBe(true);
    vi.advanceTimersByTime(1);
    expect(pace.givesWay).toBe(false);
  });

  it("a step is over after 0.4 ms, counted from the end of the rest", async () => {
    const { pace } = beside();
    pace.begin();
    expect(pace.isStepOver).toBe(false);
    vi.advanceTimersByTime(1);
    expect(pace.isStepOver).toBe(true);
    await pace.rest();
    expect(pace.isStepOver).toBe(false);
  });

  it("hurry ends the rest, and there is no other", async () => {
    const { pace, use } = beside();
    pace.begin();
    vi.advanceTimersByTime(10);
    use();
    const rest = pace.rest();
    expect(await isSettled(rest)).toBe(false);
    pace.hurry();
    expect(await isSettled(rest)).toBe(true);
    expect(await rests(pace, use)).toBe(false);
  });
});
