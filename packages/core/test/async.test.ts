import { createHook } from "node:async_hooks";
import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { abortable, isPromiseLike } from "../src/base/async.ts";
import { withDeadline } from "../src/time/deadline.ts";
import { gate, turn } from "./support/gate.ts";
import { holdDeadlines, rejectionOf } from "./support/setting.ts";

/** Nothing of this process runs meanwhile. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe("withDeadline", () => {
  it("withDeadline settles as its promise does, if that is in time", async () => {
    expect(await withDeadline(Promise.resolve("value"), 1_000, () => "late")).toBe("value");
    expect(await rejectionOf(withDeadline(Promise.reject(new Error("no")), 1_000, () => "late"))).toMatchObject({ message: "no" });
  });

  it("withDeadline settles with what onTimeout returns or throws, once the time is over", async () => {
    holdDeadlines();
    const never = new Promise(() => {});
    const returned = withDeadline(never, 1_000, () => "late");
    const thrown = rejectionOf(
      withDeadline(never, 1_000, () => {
        throw new Error("late");
      }),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await returned).toBe("late");
    expect(await thrown).toMatchObject({ message: "late" });
  });

  it("withDeadline ignores what its promise does after the deadline", async () => {
    holdDeadlines();
    const held = gate<string>();
    const outcome = withDeadline(held.promise, 1_000, () => "late");
    await vi.advanceTimersByTimeAsync(1_000);
    held.fail(new Error("nobody's"));
    expect(await outcome).toBe("late");
  });

  it("withDeadline reads what has come in while the process was frozen before its time is over", async () => {
    const file = fileURLToPath(import.meta.url);
    const stats = withDeadline(stat(file), 50, () => "late"); // one step, which is over by then also on a busy machine
    freeze(800);
    expect(await stats).toHaveProperty("size");
  });

  it("withDeadline ends all the same if nothing comes after the process was frozen", async () => {
    const silent = withDeadline(new Promise(() => {}), 50, () => "late");
    freeze(800);
    expect(await silent).toBe("late");
  });

  it("withDeadline begins at once where timers are faked: a test may move their time within the turn", async () => {
    holdDeadlines();
    const outcome = withDeadline(new Promise(() => {}), 1_000, () => "late");
    vi.advanceTimersByTime(1_000);
    expect(await outcome).toBe("late");
  });

  it("withDeadline sets a timer within the turn in which it is called", async () => {
    const outcome = withDeadline(new Promise(() => {}), 50, () => "late");
    await Promise.resolve();
    freeze(60); // no time of the next turn is counted
    const soon = new Promise((resolve) => setTimeout(resolve, 20, "too late"));
    expect(await Promise.race([outcome, soon])).toBe("late");
  });

  it("withDeadline makes no timer for an answer that is there already", async () => {
    const made: string[] = [];
    const hook = createHook({ init: (_id, type) => void made.push(type) }).enable(); // the spy of a timer would count as a fake one
    onTestFinished(() => void hook.disable());
    await withDeadline(Promise.resolve("here"), 1_000, () => "late");
    await rejectionOf(withDeadline(Promise.reject(new Error("no")), 1_000, () => "late"));
    await turn();
    expect(made).not.toContain("Timeout");
    void withDeadline(new Promise(() => {}), 1_000, () => "late");
    await turn();
    expect(made).toContain("Timeout");
  });

  it("withDeadline leaves no timer behind", async () => {
    holdDeadlines();
    await withDeadline(Promise.resolve(), 1_000, () => undefined);
    await rejectionOf(withDeadline(Promise.reject(new Error("no")), 1_000, () => undefined));
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([Infinity, 2 ** 31, 60 * 86_400_000])("withDeadline sets no timer for %s ms, which would fire at once", async (ms) => {
    holdDeadlines();
    const held = gate<string>();
    const outcome = withDeadline(held.promise, ms, () => "late");
    expect(vi.getTimerCount()).toBe(0);
    held.open("in time");
    expect(await outcome).toBe("in time");
  });
});

describe("abortable", () => {
  it("abortable settles as its promise does while nobody aborts", async () => {
    expect(await abortable(Promise.resolve(1), new AbortController().signal)).toBe(1);
    expect(await rejectionOf(abortable(Promise.reject(new Error("no")), new AbortController().signal))).toMatchObject({ message: "no" });
  });

  it("abortable rejects with the reason as soon as the signal aborts", async () => {
    const caller = new AbortController();
    const rejection = rejectionOf(abortable(new Promise(() => {}), caller.signal));
    caller.abort("reason");
    expect(await rejection).toBe("reason");
  });

  it("abortable handles the rejection of its promise even if the signal was aborted before", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    onTestFinished(() => void process.off("unhandledRejection", unhandled));
    const failed = Promise.reject(new Error("nobody's"));
    expect(await rejectionOf(abortable(failed, AbortSignal.abort("reason")))).toBe("reason");
    await turn();
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("abortable leaves no listener on the signal", async () => {
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    await abortable(Promise.resolve(1), signal);
    expect(removed).toHaveBeenCalledTimes(1);
  });
});

describe("isPromiseLike", () => {
  it("isPromiseLike accepts whatever has a then method, and nothing else", () => {
    expect(isPromiseLike(Promise.resolve())).toBe(true);
    // oxlint-disable-next-line unicorn/no-thenable
    expect(isPromiseLike({ then: () => {} } as unknown as Promise<void>)).toBe(true);
    for (const value of [undefined, null, 0, "then", {}, [], { then: 1 }, () => {}]) expect(isPromiseLike<unknown>(value)).toBe(false);
  });
});
