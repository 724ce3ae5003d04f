import { describe, expect, it } from "vitest";
import { exampleCache, type ExampleClient } from "../src/index.ts";

describe("exampleCache", () => {
  it("says what to hand in when the client is none", () => {
    // @ts-expect-error A program in plain JavaScript can do this.
    expect(() => exampleCache("localhost")).toThrow(new TypeError("exampleCache: the client must be a Map, not string; hand in the one that your program has connected"));
  });

  it.each([
    { ttlMs: 0.4, seconds: 1 },
    { ttlMs: 1000, seconds: 1 },
    { ttlMs: 1001, seconds: 2 },
    { ttlMs: Infinity, seconds: 30 * 24 * 60 * 60 },
  ])("asks the store to keep a value of $ttlMs ms for $seconds s", async ({ ttlMs, seconds }) => {
    const client: ExampleClient = new Map();
    await exampleCache(client).set("id", new Uint8Array(), ttlMs);
    expect(client.get("id")?.seconds).toBe(seconds);
  });

  it("leaves the client open: it belongs to whoever made it", () => {
    expect(exampleCache(new Map()).close).toBeUndefined();
  });
});
