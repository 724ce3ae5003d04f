import { describe, expect, it } from "vitest";
import { exampleBackup, type ExampleClient } from "../src/index.ts";

const bytes = Uint8Array.of(1);

describe("exampleBackup", () => {
  it("says what to hand in when the client is none", () => {
    // @ts-expect-error A program in plain JavaScript can do this.
    expect(() => exampleBackup("localhost")).toThrow(new TypeError("exampleBackup: the client must be a Map, not string; hand in the one that your program has connected"));
  });

  it.each([1, 2.5, Number.NaN, Infinity])("refuses to keep %d generations", (generations) => {
    expect(() => exampleBackup(new Map(), { generations })).toThrow(RangeError);
  });

  it("refuses a number of generations that is no number", () => {
    // @ts-expect-error A program in plain JavaScript can do this.
    expect(() => exampleBackup(new Map(), { generations: "2" })).toThrow(TypeError);
  });

  it.each([
    { options: {}, kept: [40, 30] },
    { options: { generations: 3 }, kept: [40, 30, 20] },
  ])("keeps the newest records of an id, as many as $options says", async ({ options, kept }) => {
    const client: ExampleClient = new Map();
    const backup = exampleBackup(client, options);
    for (const loadedAt of [30, 10, 40, 20]) await backup.write("id", bytes, { loadedAt, usedAt: 0 });
    expect(client.get("id")?.records.map(({ loadedAt }) => loadedAt)).toEqual(kept);
  });

  it("leaves the client open: it belongs to whoever made it", () => {
    expect(exampleBackup(new Map()).close).toBeUndefined();
  });
});
