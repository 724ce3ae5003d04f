import { describe, expect, it } from "vitest";
import { type CreateStore, testBackupAdapter, testCacheAdapter, type TestRunner } from "../src/index.ts";
import type { Broken } from "./broken.ts";
import { brokenBackups } from "./broken-backups.ts";
import { brokenCaches } from "./broken-caches.ts";
import { verdictOf } from "./collecting-runner.ts";
import { backup, byteCache, storeOf, valueCache } from "./correct.ts";

describe("a cache that", () => prove("cache", brokenCaches, testCacheAdapter));
describe("a backup that", () => prove("backup", brokenBackups, testBackupAdapter));

type Kit<Adapter> = (runner: TestRunner, create: CreateStore<Adapter>) => void;

function prove<Adapter>(kind: "cache" | "backup", all: readonly Broken<Adapter>[], kit: Kit<Adapter>): void {
  for (const { how, store, fails } of all) {
    it(`a ${kind} that ${how} fails by exactly the sentences that it breaks`, async () => {
      const { failed } = await verdictOf((runner) => kit(runner, store));
      expect(failed).toEqual(fails);
    });
  }

  it(`every sentence of the kit for a ${kind} is broken by one of these adapters`, async () => {
    const { sentences } = await verdictOf((runner) => kit(runner, () => Promise.reject(new Error("no store"))));
    expect(sentences.filter((sentence) => !all.some(({ fails }) => fails.includes(sentence)))).toEqual([]);
  });
}

describe("what is correct", () => {
  it("a correct adapter fails by no sentence, and no two sentences are the same", async () => {
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
