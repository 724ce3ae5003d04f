import { describe, expect, it, vi } from "vitest";
import { Guard } from "../src/adapter/guard.ts";
import { holdDeadlines, rejectionOf } from "./support/setting.ts";

describe("Guard", () => {
  const guard = (timeout = 1_000): Guard => new Guard("store", timeout, () => 0);

  it("a guarded call answers at once if the adapter does", () => {
    expect(guard().call("get", "key", () => "value")).toBe("value");
  });

  it("a guarded call sets no timer if the adapter answers at once", () => {
    holdDeadlines();
    void guard().call("get", "key", () => "value");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("a guarded call answers with a promise if the adapter does", async () => {
    expect(await guard().call("get", "key", async () => "value")).toBe("value");
  });

  it("a guarded call turns a throw and a rejection of the adapter into the same DatastoreError", async () => {
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

  it("a guarded call creates its signal only when the adapter reads it", async () => {
    const controllers = vi.spyOn(globalThis, "AbortController");
    await guard().call("get", "key", async () => "value");
    expect(controllers).not.toHaveBeenCalled();
    await guard().call("get", "key", async ({ signal }) => signal);
    expect(controllers).toHaveBeenCalledTimes(1);
    controllers.mockRestore();
  });

  it("a guarded call has one signal, however often the adapter reads it", async () => {
    await guard().call("get", "key", async (options) => expect(options.signal).toBe(options.signal));
  });

  it("the signal of a call that was answered in time is never aborted", async () => {
    holdDeadlines();
    let signal: AbortSignal | undefined;
    await guard().call("get", "key", async (options) => ((signal = options.signal), "value"));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(signal?.aborted).toBe(false);
  });

  it("the deadline frees the caller of an adapter that ignores its signal", async () => {
    holdDeadlines();
    const rejection = rejectionOf((async () => guard(50).call("get", "key", () => new Promise(() => {})))());
    await vi.advanceTimersByTimeAsync(50);
    expect(await rejection).toMatchObject({ code: "STORE_TIMEOUT", operation: "get", message: expect.stringContaining("50 ms") });
  });

  it("an adapter that rejects because of its signal has timed out, and not failed", async () => {
    holdDeadlines();
    const obedient = (signal: AbortSignal | undefined): Promise<never> =>
      new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    const rejection = rejectionOf((async () => guard(50).call("get", "key", ({ signal }) => obedient(signal)))());
    await vi.advanceTimersByTimeAsync(50);
    expect(await rejection).toMatchObject({ code: "STORE_TIMEOUT" });
  });
});
