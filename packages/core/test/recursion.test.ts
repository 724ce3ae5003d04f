import { describe, expect, it, vi } from "vitest";
import { holdDeadlines, rejectionOf, setUp } from "./support/setting.ts";

const followsAwaits = Number.parseInt(process.versions.node, 10) >= 24;

describe("a loader that asks for its own key", () => {
  it("fails at once", async () => {
    const { datastore } = setUp();
    const load = (): Promise<unknown> => datastore.get("key", load);
    expect(await rejectionOf(datastore.get("key", load))).toMatchObject({ code: "RECURSIVE_LOAD", key: "key" });
  });

  it("fails at once through the loader of another key", async () => {
    const { datastore } = setUp();
    const load = (): Promise<unknown> => datastore.get("other", () => datastore.get("key", load));
    expect(await rejectionOf(datastore.get("key", load))).toMatchObject({ code: "RECURSIVE_LOAD", key: "key" });
  });

  it("fails at once through another datastore", async () => {
    const { datastore } = setUp();
    const other = setUp().datastore;
    const load = (): Promise<unknown> => other.get("key", () => datastore.get("key", load));
    expect(await rejectionOf(datastore.get("key", load))).toMatchObject({ code: "RECURSIVE_LOAD" });
  });

  it("fails after an await: at once from Node 24 on, at its time-out before", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    const load = async (): Promise<unknown> => {
      await undefined;
      return datastore.get("key", load);
    };
    const rejection = rejectionOf(datastore.get("key", load, { timeout: "5s" }));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await rejection).toMatchObject({ code: followsAwaits ? "RECURSIVE_LOAD" : "LOAD_TIMEOUT" });
  });

  it("is another matter than one that asks for another key, or for its own in another namespace", async () => {
    const { datastore } = setUp();
    expect(await datastore.get("key", () => datastore.get("other", () => "other"))).toBe("other");
    expect(await datastore.get("again", () => datastore.namespace("mine").get("again", () => "mine"))).toBe("mine");
  });

  it("may ask for it again when the load is over", async () => {
    const { datastore } = setUp();
    let later: Promise<unknown> | undefined;
    const load = (): string => {
      later = Promise.resolve().then(() => new Promise((resolve) => setImmediate(() => resolve(datastore.get("key", load, { useCache: false })))));
      return "loaded";
    };
    expect(await datastore.get("key", load)).toBe("loaded");
    expect(await later).toBe("loaded");
  });

  it("leaves others alone: who asks meanwhile waits for the load", async () => {
    const { datastore } = setUp();
    const load = async (): Promise<string> => "loaded";
    expect(await Promise.all([datastore.get("key", load), datastore.get("key", load)])).toEqual(["loaded", "loaded"]);
  });
});
