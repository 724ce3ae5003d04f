import { describe, expect, it, onTestFinished } from "vitest";
import { exampleCache, type ExampleClient } from "../src/index.ts";
import { emptyStore } from "./empty-store.ts";

async function newClient(): Promise<ExampleClient> {
  const { client, destroy } = await emptyStore();
  onTestFinished(destroy);
  return client;
}

describe("exampleCache", () => {
  it("exampleCache says what to hand in when the client is none", () => {
    // @ts-expect-error A program in plain JavaScript can do this.
    expect(() => exampleCache("localhost")).toThrow(
      /^exampleCache: client must be a \w+, the one that your program has connected; got "localhost"/,
    );
  });

  it.each([
    { ttlMs: 0.4, seconds: 1 },
    { ttlMs: 1000, seconds: 1 },
    { ttlMs: 1001, seconds: 2 },
    { ttlMs: Infinity, seconds: 30 * 24 * 60 * 60 },
  ])("exampleCache asks the store to keep a value of $ttlMs ms for $seconds s", async ({ ttlMs, seconds }) => {
    const client = await newClient();
    await exampleCache(client).set("id", new Uint8Array(), ttlMs);
    expect(client.get("id")?.seconds).toBe(seconds);
  });

  it("exampleCache leaves the client open, which belongs to its caller", async () => {
    const client = await newClient();
    await exampleCache(client).close?.();
    await exampleCache(client).set("id", Uint8Array.of(1), 1000);
    expect(await exampleCache(client).get("id")).toEqual(Uint8Array.of(1));
  });
});
