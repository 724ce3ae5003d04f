import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startService } from "@lastgood/services";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import * as bentocacheAfter from "./bentocache-after.mjs";
import * as bentocacheBefore from "./bentocache-before.mjs";
import * as cacheManagerAfter from "./cache-manager-after.mjs";
import * as cacheManagerBefore from "./cache-manager-before.mjs";
import * as keyvAfter from "./keyv-after.mjs";
import * as keyvBefore from "./keyv-before.mjs";

interface Rates {
  rates(): Promise<unknown>;
  changed(): Promise<unknown>;
  close(): Promise<unknown>;
}

type Open = (redis: string, load: () => Promise<object>, backups: string) => Rates;

const MOVES: readonly (readonly [name: string, before: Open, after: Open])[] = [
  ["cache-manager", cacheManagerBefore.openRates, cacheManagerAfter.openRates],
  ["bentocache", bentocacheBefore.openRates, bentocacheAfter.openRates],
  ["keyv", keyvBefore.openRates, keyvAfter.openRates],
];
const PROGRAMS = MOVES.flatMap(([name, before, after]) => [[`before, with ${name},`, before] as const, [`after, in place of ${name},`, after] as const]);

let redis: Awaited<ReturnType<typeof startService>>;
let client: Redis;
beforeAll(async () => {
  redis = await startService("redis");
  client = new Redis(redis.url);
});
afterAll(async () => {
  await client.quit();
  await redis.stop();
});
beforeEach(async () => void (await client.flushall()));

/** A program, and the source that it asks. */
async function start(open: Open): Promise<{ program: Rates; restart: () => Promise<Rates>; source: { loads: number; isUp: boolean } }> {
  const backups = await mkdtemp(join(tmpdir(), "lastgood-migration-"));
  const source = { loads: 0, isUp: true };
  const load = async (): Promise<object> => {
    if (!source.isUp) throw new Error("the source is down");
    return { EUR: ++source.loads };
  };
  let program = open(redis.url, load, backups);
  onTestFinished(async () => {
    await program.close();
    await rm(backups, { recursive: true });
  });
  const restart = async (): Promise<Rates> => {
    await program.close();
    program = open(redis.url, load, backups);
    return program;
  };
  return { program, restart, source };
}

describe("a program and what it becomes", () => {
  it.each(PROGRAMS)("%s loads once, and again when something has changed", async (_, open) => {
    const { program, source } = await start(open);
    expect([await program.rates(), await program.rates()]).toEqual([{ EUR: 1 }, { EUR: 1 }]);
    await program.changed();
    await expect.poll(() => program.rates()).toEqual({ EUR: 2 }); // bentocache answers once more with what has expired
    expect(source.loads).toBe(2);
  });

  it.each(PROGRAMS)("%s answers after a restart from Redis, without a load", async (_, open) => {
    const { program, restart, source } = await start(open);
    await program.rates();
    expect(await (await restart()).rates()).toEqual({ EUR: 1 });
    expect(source.loads).toBe(1);
  });

  it.each(MOVES)("from %s: in an outage after a flush, the program before rejects, and the one after has the last good value", async (_, before, after) => {
    const answers = [];
    for (const open of [before, after]) {
      const { program, restart, source } = await start(open);
      await program.rates();
      await client.flushall();
      source.isUp = false;
      const restarted = await restart();
      answers.push(await restarted.rates().catch((error: unknown) => (error instanceof Error ? "an error" : error)));
    }
    expect(answers).toEqual(["an error", { EUR: 1 }]);
  });
});
