import { chmod, cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Datastore, type DatastoreOptions } from "@lastgood/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { fsBackup, seedBackup } from "../src/index.ts";

/** Keeps nothing, so that each get is a load. */
const cache: DatastoreOptions["cache"] = { name: "none", stores: "values", get: () => undefined, set: () => undefined, delete: () => undefined };

const down = (): Promise<never> => Promise.reject(new Error("the source is down"));

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-seed-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A directory as it is shipped: written by a program whose source was up, and copied. */
async function newSeed(): Promise<string> {
  const [built, shipped] = [await newDirectory(), join(await newDirectory(), "seed")];
  const datastore = new Datastore({ cache, backup: fsBackup(join(built, "backups")) });
  await datastore.set("key", "shipped");
  await datastore.close();
  await cp(join(built, "backups"), shipped, { recursive: true });
  return shipped;
}

describe("seedBackup", () => {
  it("a seed answers in an outage that begins before anything was loaded, as old as it is, and stays as it was", async () => {
    const seed = await newSeed();
    const names = await readdir(seed, { recursive: true });
    const own = fsBackup(join(await newDirectory(), "backups"));
    const datastore = new Datastore({ cache, backup: [own, seedBackup(seed)] });
    const result = await datastore.getResult("key", down);
    expect(result).toMatchObject({ value: "shipped", source: "backup", stale: true });
    expect(result.age).toBeGreaterThan(0);
    await datastore.set("key", "loaded");
    await datastore.set("other", "loaded");
    expect(await datastore.get("key", down)).toBe("loaded");
    await datastore.cull({ force: true });
    await datastore.close();
    expect(await readdir(seed, { recursive: true })).toEqual(names);
  });

  it("a seed fails no write beside another backup, and is no event", async () => {
    const datastore = new Datastore({ cache, backup: [seedBackup(await newSeed()), fsBackup(join(await newDirectory(), "backups"))] });
    const failed: unknown[] = [];
    datastore.on("backupFailed", (event) => failed.push(event));
    await datastore.get("key", () => "loaded");
    await datastore.flush();
    expect(await datastore.get("key", down)).toBe("loaded");
    await datastore.delete("key");
    expect(await datastore.peekBackup("key")).toBeUndefined();
    await datastore.close();
    expect(failed).toEqual([]);
    expect(datastore.health().backup.stores).toMatchObject([{ name: "seed", state: "ok", pendingWrites: 0 }, { name: "fs", state: "ok" }]);
  });

  it("a seed alone answers, keeps nothing, and health says so", async () => {
    const datastore = new Datastore({ cache, backup: seedBackup(await newSeed()) });
    const failed: unknown[] = [];
    datastore.on("backupFailed", (event) => failed.push(event));
    expect(await datastore.get("key", down)).toBe("shipped");
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
    expect(await datastore.get("key", down)).toBe("shipped");
    expect(String((datastore.health().backup.error as Error).message)).toContain("is read-only: it is shipped with the program");
    expect(datastore.health().backup.pendingWrites).toBe(0);
    await expect(datastore.set("key", "set")).rejects.toThrow("is read-only");
    await expect(datastore.delete("key")).rejects.toThrow("is read-only");
    await datastore.close();
    expect(failed).toEqual([]);
  });

  it("a seed is read where nobody may write", async () => {
    const seed = await newSeed();
    await chmod(seed, 0o555);
    const datastore = new Datastore({ cache, backup: [fsBackup(join(await newDirectory(), "backups")), seedBackup(seed)] });
    expect(await datastore.get("key", down)).toBe("shipped");
    await datastore.close();
  });

  it("a seed that was forgotten in the build is an event at each read, and no empty store", async () => {
    const datastore = new Datastore({ cache, backup: seedBackup(join(await newDirectory(), "seed")) });
    const failed: unknown[] = [];
    datastore.on("backupFailed", (event) => failed.push(event));
    await expect(datastore.get("key", down)).rejects.toThrow("the source is down");
    expect(failed).toMatchObject([{ operation: "read", error: { message: expect.stringContaining("check the path") } }]);
    await datastore.close();
  });

  it("a wrong directory of a seed is refused at once, in the name of seedBackup", () => {
    for (const wrong of [undefined, 5, "", "~/seed"]) {
      expect(() => Reflect.apply(seedBackup, undefined, [wrong])).toThrow(/^seedBackup: directory must be /);
    }
  });
});
