import type { BackupAdapter } from "@lastgood/core/adapter";
import { describe, expect, it, onTestFinished } from "vitest";
import { exampleBackup, type ExampleClient } from "../src/index.ts";
import { emptyStore } from "./empty-store.ts";

async function newClient(): Promise<ExampleClient> {
  const { client, destroy } = await emptyStore();
  onTestFinished(destroy);
  return client;
}

/** The stamps of an id's records, the newest first. */
async function stamps(backup: BackupAdapter, id: string, before = Number.MAX_SAFE_INTEGER): Promise<number[]> {
  const record = await backup.read(id, { before });
  return record ? [record.loadedAt, ...(await stamps(backup, id, record.loadedAt))] : [];
}

describe("exampleBackup", () => {
  it("exampleBackup says what to hand in when the client is none", () => {
    // @ts-expect-error A program in plain JavaScript can do this.
    expect(() => exampleBackup("localhost")).toThrow(
      /^exampleBackup: client must be a \w+, the one that your program has connected; got "localhost"/,
    );
  });

  it.each([1, 2.5, Number.NaN, Infinity])("exampleBackup refuses to keep %d generations", async (generations) => {
    const client = await newClient();
    expect(() => exampleBackup(client, { generations })).toThrow(RangeError);
  });

  it("exampleBackup refuses a number of generations that is not a number", async () => {
    const client = await newClient();
    // @ts-expect-error A program in plain JavaScript can do this.
    expect(() => exampleBackup(client, { generations: "2" })).toThrow(TypeError);
  });

  it.each([
    { options: {}, kept: [40, 30] },
    { options: { generations: 3 }, kept: [40, 30, 20] },
  ])("exampleBackup keeps the newest records of an id, as many as $options says", async ({ options, kept }) => {
    const backup = exampleBackup(await newClient(), options);
    for (const loadedAt of [30, 10, 40, 20]) await backup.write("id", Uint8Array.of(1), { loadedAt, usedAt: 0 });
    expect(await stamps(backup, "id")).toEqual(kept);
  });

  it("exampleBackup leaves the client open, which belongs to its caller", async () => {
    const client = await newClient();
    await exampleBackup(client).close?.();
    await exampleBackup(client).write("id", Uint8Array.of(1), { loadedAt: 1, usedAt: 1 });
    expect(await stamps(exampleBackup(client), "id")).toEqual([1]);
  });
});
