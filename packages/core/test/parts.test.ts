import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Guard } from "../src/adapter/guard.ts";
import { KeyedQueue } from "../src/base/keyed-queue.ts";
import { isPromiseLike, unlessAborted, within } from "../src/base/promises.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { gate, isSettled, turn } from "./support/gate.ts";
import { holdDeadlines, rejectionOf } from "./support/setting.ts";

describe("within", () => {
  it("is what the promise is, where that comes in time", async () => {
    expect(await within(Promise.resolve("value"), 1_000, () => "late")).toBe("value");
    expect(await rejectionOf(within(Promise.reject(new Error("no")), 1_000, () => "late"))).toMatchObject({ message: "no" });
  });

  it("is what onTimeout returns or throws, where it does not", async () => {
    holdDeadlines();
    const never = new Promise(() => {});
    const returned = within(never, 1_000, () => "late");
    const thrown = rejectionOf(
      within(never, 1_000, () => {
        throw new Error("late");
      }),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await returned).toBe("late");
    expect(await thrown).toMatchObject({ message: "late" });
  });

  it("hears nothing of what comes later", async () => {
    holdDeadlines();
    const held = gate<string>();
    const outcome = within(held.promise, 1_000, () => "late");
    await vi.advanceTimersByTimeAsync(1_000);
    held.fail(new Error("nobody's"));
    expect(await outcome).toBe("late");
  });

  it("leaves no timer behind", async () => {
    holdDeadlines();
    await within(Promise.resolve(), 1_000, () => undefined);
    await rejectionOf(within(Promise.reject(new Error("no")), 1_000, () => undefined));
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([Infinity, 2 ** 31, 60 * 86_400_000])("sets no timer for %s ms, which would fire at once", async (ms) => {
    holdDeadlines();
    const held = gate<string>();
    const outcome = within(held.promise, ms, () => "late");
    expect(vi.getTimerCount()).toBe(0);
    held.open("in time");
    expect(await outcome).toBe("in time");
  });
});

describe("unlessAborted", () => {
  it("is what the promise is, while nobody aborts", async () => {
    expect(await unlessAborted(Promise.resolve(1), new AbortController().signal)).toBe(1);
    expect(await rejectionOf(unlessAborted(Promise.reject(new Error("no")), new AbortController().signal))).toMatchObject({ message: "no" });
  });

  it("rejects with the reason as soon as there is one", async () => {
    const caller = new AbortController();
    const rejection = rejectionOf(unlessAborted(new Promise(() => {}), caller.signal));
    caller.abort("reason");
    expect(await rejection).toBe("reason");
  });

  it("handles the promise also where the signal is aborted already", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    onTestFinished(() => void process.off("unhandledRejection", unhandled));
    const failed = Promise.reject(new Error("nobody's"));
    expect(await rejectionOf(unlessAborted(failed, AbortSignal.abort("reason")))).toBe("reason");
    await turn();
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("leaves no listener on the signal", async () => {
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    await unlessAborted(Promise.resolve(1), signal);
    expect(removed).toHaveBeenCalledTimes(1);
  });
});

describe("isPromiseLike", () => {
  it("knows a promise and whatever has a then", () => {
    expect(isPromiseLike(Promise.resolve())).toBe(true);
    // oxlint-disable-next-line unicorn/no-thenable
    expect(isPromiseLike({ then: () => {} } as unknown as Promise<void>)).toBe(true);
    for (const value of [undefined, null, 0, "then", {}, [], { then: 1 }, () => {}]) expect(isPromiseLike<unknown>(value)).toBe(false);
  });
});

describe("Guard", () => {
  const guard = (timeout = 1_000): Guard => new Guard("store", timeout, () => 0);

  it("answers at once where the adapter does", () => {
    expect(guard().call("get", "key", () => "value")).toBe("value");
  });

  it("sets no timer where the adapter answers at once", () => {
    holdDeadlines();
    void guard().call("get", "key", () => "value");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("answers with a promise where the adapter does", async () => {
    expect(await guard().call("get", "key", async () => "value")).toBe("value");
  });

  it("turns what is thrown and what is rejected into one kind of error", async () => {
    const cause = new Error("ECONNREFUSED");
    const fails = (work: () => unknown): Promise<unknown> => rejectionOf((async () => guard().call("get", "key", work))());
    const thrown = await fails(() => {
      throw cause;
    });
    const rejected = await fails(() => Promise.reject(cause));
    for (const error of [thrown, rejected]) {
      expect(error).toMatchObject({ name: "DatastoreError", code: "STORE_FAILED", adapter: "store", operation: "get", key: "key", cause });
    }
  });

  it("makes no signal unless the adapter looks at it", async () => {
    const controllers = vi.spyOn(globalThis, "AbortController");
    await guard().call("get", "key", async () => "value");
    expect(controllers).not.toHaveBeenCalled();
    await guard().call("get", "key", async ({ signal }) => signal);
    expect(controllers).toHaveBeenCalledTimes(1);
    controllers.mockRestore();
  });

  it("gives the same signal however often the adapter looks", async () => {
    await guard().call("get", "key", async (options) => expect(options.signal).toBe(options.signal));
  });

  it("does not abort the signal of a call that was answered in time", async () => {
    holdDeadlines();
    let signal: AbortSignal | undefined;
    await guard().call("get", "key", async (options) => ((signal = options.signal), "value"));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(signal?.aborted).toBe(false);
  });

  it("frees the caller of a call that ignores its signal", async () => {
    holdDeadlines();
    const rejection = rejectionOf((async () => guard(50).call("get", "key", () => new Promise(() => {})))());
    await vi.advanceTimersByTimeAsync(50);
    expect(await rejection).toMatchObject({ code: "STORE_TIMEOUT", operation: "get", message: expect.stringContaining("50 ms") });
  });

  it("says STORE_TIMEOUT also where the adapter rejects because of its signal", async () => {
    holdDeadlines();
    const obedient = (signal: AbortSignal | undefined): Promise<never> =>
      new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    const rejection = rejectionOf((async () => guard(50).call("get", "key", ({ signal }) => obedient(signal)))());
    await vi.advanceTimersByTimeAsync(50);
    expect(await rejection).toMatchObject({ code: "STORE_TIMEOUT" });
  });
});

describe("KeyedQueue", () => {
  it("does work of one key in the order it was asked for", async () => {
    const queue = new KeyedQueue();
    const order: number[] = [];
    const first = gate();
    const done = [queue.run("key", async () => (await first.promise, order.push(1))), queue.run("key", () => order.push(2)), queue.run("key", async () => order.push(3))];
    await turn();
    expect(order).toEqual([]);
    first.open();
    await Promise.all(done);
    expect(order).toEqual([1, 2, 3]);
  });

  it("goes on after work that failed, whose caller alone is told", async () => {
    const queue = new KeyedQueue();
    const failed = rejectionOf(Promise.resolve(queue.run("key", () => Promise.reject(new Error("no")))));
    expect(await queue.run("key", async () => "next")).toBe("next");
    expect(await failed).toMatchObject({ message: "no" });
  });

  it("answers at once where nothing runs and the work does", () => {
    expect(new KeyedQueue().run("key", () => "value")).toBe("value");
  });

  it("does not let keys wait for each other", async () => {
    const queue = new KeyedQueue();
    const held = gate();
    const slow = queue.run("slow", () => held.promise);
    expect(queue.run("quick", () => "value")).toBe("value");
    held.open();
    await slow;
  });

  it("is idle when all is done, that which was asked for meanwhile too", async () => {
    const queue = new KeyedQueue();
    const [first, second] = [gate(), gate()];
    void queue.run("key", () => first.promise);
    const idle = queue.idle();
    void queue.run("key", () => second.promise);
    first.open();
    expect(await isSettled(idle)).toBe(false);
    second.open();
    await idle;
    await queue.idle();
  });
});

describe("memoryBackup and manualClock", () => {
  it("give one lock at a time", async () => {
    const backup = memoryBackup();
    const release = await backup.lock?.();
    expect(await backup.lock?.()).toBeUndefined();
    await release?.();
    await release?.();
    expect(await backup.lock?.()).toBeTypeOf("function");
  });

  it("refuse what they cannot have meant", () => {
    expect(() => memoryBackup({ generations: 1 })).toThrow(RangeError);
    expect(() => manualClock(NaN)).toThrow(RangeError);
    expect(() => manualClock().advance(Infinity)).toThrow(RangeError);
  });

  it("stand still until they are told to move", () => {
    const clock = manualClock(1_000);
    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
    clock.advance(5);
    expect(clock.now()).toBe(1_005);
    clock.set(10);
    expect(clock.now()).toBe(10);
  });
});
