import { memoryBackup } from "@lastgood/core/testing";
import { describe, it } from "vitest";
import { testBackupAdapter, testCacheAdapter } from "../src/index.ts";
import { backup, byteCache, comparingByteCache, fleetCache, storeOf, valueCache } from "./correct.ts";

describe("a correct value cache", () => testCacheAdapter({ describe, it }, storeOf(valueCache)));
describe("a correct byte cache", () => testCacheAdapter({ describe, it }, storeOf(byteCache)));
describe("a correct byte cache that compares", () => testCacheAdapter({ describe, it }, storeOf(comparingByteCache)));
describe("a correct byte cache that announces and leases", () => testCacheAdapter({ describe, it }, storeOf(fleetCache)));
describe("a correct backup", () => testBackupAdapter({ describe, it }, storeOf(backup)));
describe("core's memoryBackup", () => testBackupAdapter({ describe, it }, storeOf(() => memoryBackup())));
describe("core's memoryBackup of more generations", () => {
  testBackupAdapter({ describe, it }, storeOf(() => memoryBackup({ generations: 5 })));
});
