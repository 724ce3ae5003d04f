import { describe, it } from "vitest";
import { testBackupAdapter, testCacheAdapter } from "../src/index.ts";
import { backup, byteCache, storeOf, valueCache } from "./correct.ts";

describe("a correct value cache", () => testCacheAdapter({ describe, it }, storeOf(valueCache)));
describe("a correct byte cache", () => testCacheAdapter({ describe, it }, storeOf(byteCache)));
describe("the reference backup", () => testBackupAdapter({ describe, it }, storeOf(backup)));
