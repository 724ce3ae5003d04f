import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Guard } from "../src/adapter/guard.ts";
import { itself } from "../src/base/async.ts";
import { gate, turn } from "./support/gate.ts";
import { holdDeadlines, rejectionOf } from "./support/setting.ts";

/** Nothing of this process runs meanwhile. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const guard = (timeout = 1_000): Guard => new Guard("store", timeout, () => 0);
const never = (): Promise<never> => new Promise(() => {});

/** Reads from a store, whose answer is a promise. */
async function read<T>(by: Guard, work: () => PromiseLike<T>, key = "key"): Promise<T> {
  return by.call("get", key, work);
}

describe("the deadlines of the calls to a store", () => {
  it("calls that begin together have one timer, and none once all of them are answered", async () => {
    holdDeadlines();
    const moment = vi.spyOn(performance, "now").mockReturnValue(1_000); // a busy machine may take a millisecond between two of the calls
    onTestFinished(() => moment.mockRestore());
    const store = guard();
    const gates = [gate<string>(), gate<string>(), gate<string>()];
    const reads = gates.map(({ promise }) => read(store, () => promise));
    expect(vi.getTimerCount()).toBe(1);
    gates[1]?.open("b");
    gates[0]?.fail(new Error("no"));
    await Promise.allSettled(reads.slice(0, 2));
    expect(vi.getTimerCount()).toBe(1);
    gates[2]?.open("c");
    expect(await reads[2]).toBe("c");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("of calls that begin together, those without an answer time out, each with its own key", async () => {
    holdDeadlines();
    const store = guard(50);
    const [a, b, c] = [read(store, never, "a"), read(store, async () => "value", "b"), read(store, never, "c")].map((call) => call.catch((error: unknown) => error));
    await vi.advanceTimersByTimeAsync(49);
    expect(store.health.failures).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(await Promise.all([a, b, c])).toMatchObject([{ code: "STORE_TIMEOUT", key: "a" }, "value", { code: "STORE_TIMEOUT", key: "c" }]);
    expect(store.health.failures).toBe(2);
  });

  it("calls that begin in different turns time out in different moments", async () => {
    holdDeadlines();
    const store = guard(50);
    const outcomes: string[] = [];
    void read(store, never).catch(() => outcomes.push("first"));
    await turn();
    await vi.advanceTimersByTimeAsync(30);
    void read(store, never).catch(() => outcomes.push("second"));
    await vi.advanceTimersByTimeAsync(20);
    expect(outcomes).toEqual(["first"]);
    await vi.advanceTimersByTimeAsync(30);
    expect(outcomes).toEqual(["first", "second"]);
  });

  it("a call late in a long turn has all of its time", async () => {
    const store = guard(60);
    const early = rejectionOf(read(store, never));
    freeze(50);
    const late = read(store, () => new Promise((resolve) => setTimeout(resolve, 30, "in time")));
    expect(await late).toBe("in time");
    expect(await early).toMatchObject({ code: "STORE_TIMEOUT" });
  });

  it.each([
    [1_000, 1],
    [20, 2],
  ])("of %s ms, calls that begin within a hundredth share a timer: two calls half a millisecond apart have %s", (timeout, timers) => {
    holdDeadlines();
    const clock = vi.spyOn(performance, "now").mockReturnValue(10);
    onTestFinished(() => clock.mockRestore());
    const store = guard(timeout);
    void read(store, never);
    clock.mockReturnValue(10.5);
    void read(store, never);
    expect(vi.getTimerCount()).toBe(timers);
  });

  it("a call after others of its turn are over has a deadline too", async () => {
    holdDeadlines();
    const store = guard(50);
    await read(store, async () => "value");
    const silent = rejectionOf(read(store, never));
    await vi.advanceTimersByTimeAsync(50);
    expect(await silent).toMatchObject({ code: "STORE_TIMEOUT" });
  });

  it("what has come in while the process was frozen is read before the time is over, and the time ends all the same", async () => {
    const store = guard(50);
    const answered = read(store, () => new Promise((resolve) => setTimeout(() => setImmediate(resolve, "in time"), 60)));
    const silent = rejectionOf(read(store, never));
    freeze(800);
    expect(await answered).toBe("in time");
    expect(await silent).toMatchObject({ code: "STORE_TIMEOUT" });
  });

  it.each([Infinity, 2 ** 31])("a store with a time of %s ms has no deadline, which would be over at once", async (timeout) => {
    holdDeadlines();
    const held = gate<string>();
    const reading = read(guard(timeout), () => held.promise);
    expect(vi.getTimerCount()).toBe(0);
    held.open("in time");
    expect(await reading).toBe("in time");
  });

  it("what a store answers after the time is over changes nothing", async () => {
    holdDeadlines();
    const store = guard(50);
    const held = [gate<string>(), gate<string>()];
    const reads = held.map(({ promise }) => rejectionOf(read(store, () => promise)));
    await vi.advanceTimersByTimeAsync(50);
    await Promise.all(reads);
    held[0]?.open("late");
    held[1]?.fail(new Error("late"));
    await turn();
    expect(store.health.failures).toBe(2);
  });

  it("a thenable that throws, or settles twice, settles its call once", async () => {
    const store = guard();
    // oxlint-disable-next-line unicorn/no-thenable
    const throwing = { then: () => { throw new Error("no thenable"); } } as unknown as PromiseLike<string>; // prettier-ignore
    expect(await rejectionOf(read(store, () => throwing))).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("no thenable") });
    // oxlint-disable-next-line unicorn/no-thenable
    const eager = { then: (answered: (value: string) => void, failed: (error: Error) => void) => { answered("first"); failed(new Error("second")); } } as unknown as PromiseLike<string>; // prettier-ignore
    expect(await read(store, () => eager)).toBe("first");
    expect(store.health.failures).toBe(0);
  });
});

describe("callThen", () => {
  const failed = (error: unknown): unknown => ({ error });
  const throws = (): never => {
    throw new TypeError("the caller's own");
  };

  it("makes of an answer or an error what it is told, at once or later", async () => {
    const store = guard();
    const shout = (answer: string): unknown => answer.toUpperCase();
    expect(store.callThen("get", "key", () => "a", shout, failed)).toBe("A");
    expect(await store.callThen("get", "key", async () => "a", shout, failed)).toBe("A");
    const no = new Error("no");
    for (const work of [(): string => { throw no; }, () => Promise.reject<string>(no)]) { // prettier-ignore
      expect(await store.callThen("get", "key", work, shout, failed)).toMatchObject({ error: { code: "STORE_FAILED", cause: no } });
    }
  });

  it("an error of the caller's own is the caller's, and not the store's", async () => {
    const store = guard();
    expect(() => store.callThen("get", "key", () => "a", throws, failed)).toThrow("the caller's own");
    expect(await rejectionOf(Promise.resolve(store.callThen("get", "key", async () => "a", throws, failed)))).toMatchObject({ name: "TypeError" });
    expect(store.health.failures).toBe(0);
  });

  it("tells of a time-out and of a pause like of any error", async () => {
    holdDeadlines();
    const store = guard(50);
    const hung = Array.from({ length: 5 }, () => store.callThen("get", "key", never, itself, failed));
    await vi.advanceTimersByTimeAsync(50);
    expect(await hung[4]).toMatchObject({ error: { code: "STORE_TIMEOUT" } });
    expect(store.callThen("get", "key", never, itself, failed)).toMatchObject({ error: { code: "STORE_PAUSED" } });
  });
});
