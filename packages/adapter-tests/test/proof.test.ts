import { describe, expect, it } from "vitest";
import { type CreateStore, testBackupAdapter, testCacheAdapter, type TestRunner } from "../src/index.ts";
import type { Broken } from "./broken.ts";
import { brokenBackups } from "./broken-backups.ts";
import { brokenCaches } from "./broken-caches.ts";
import { verdictOf } from "./collecting-runner.ts";
import { backup, byteCache, storeOf, valueCache } from "./correct.ts";

describe("a cache that", () => prove(brokenCaches, testCacheAdapter));
describe("a backup that", () => prove(brokenBackups, testBackupAdapter));

type Kit<Adapter> = (runner: TestRunner, create: CreateStore<Adapter>) => void;

function prove<Adapter>(all: readonly Broken<Adapter>[], kit: Kit<Adapter>): void {
  for (const { how, store, fails } of all) {
    it(`${how} fails by exactly the sentences that it breaks`, async () => {
      const { failed } = await verdictOf((runner) => kit(runner, store));
      expect(failed).toEqual(fails);
    });
  }

  it("is broken is found: there is no sentence in the kit that none of these fails by", async () => {
    const { sentences } = await verdictOf((runner) => kit(runner, () => Promise.reject(new Error("no store"))));
    expect(sentences.filter((sentence) => !all.some(({ fails }) => fails.includes(sentence)))).toEqual([]);
  });
}

describe("what is correct", () => {
  it("fails by no sentence, and no two sentences are the same", async () => {
    const verdicts = [
      await verdictOf((runner) => testCacheAdapter(runner, storeOf(valueCache))),
      await verdictOf((runner) => testCacheAdapter(runner, storeOf(byteCache))),
      await verdictOf((runner) => testBackupAdapter(runner, storeOf(backup))),
    ];
    for (const { sentences, failed } of verdicts) {
      expect(failed).toEqual([]);
      expect(new Set(sentences).size).toBe(sentences.length);
      expect(sentences.length).toBeGreaterThan(15);
    }
  });
});
