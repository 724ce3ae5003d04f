export { testBackupAdapter } from "./backup.ts";
export { testCacheAdapter } from "./cache.ts";
export { flaky } from "./flaky.ts";
export type { Fault, FlakyCall, FlakyOperation, FlakyPlan } from "./flaky.ts";
export type { CreateStore, TestRunner, TestStore } from "./suite.ts";
