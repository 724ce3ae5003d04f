import type { BackupAdapter } from "@lastgood/core/adapter";
import { memoryBackup, mirroredBackup } from "@lastgood/core/testing";
import { describe, it } from "vitest";
import { flaky, type FlakyPlan, testBackupAdapter } from "../src/index.ts";

/** What several backups are together keeps the contract of one. Each adapter that is opened is as of another process. */
function keepsTheContract(name: string, members: () => readonly BackupAdapter[], copies = 1): void {
  describe(`the contract, kept by ${name}`, () => {
    testBackupAdapter({ describe, it }, () => {
      const stores = members();
      return { open: () => mirroredBackup(stores, { copies }), destroy: () => undefined };
    });
  });
}

/** Every third write and touch does not get there, the first included. */
const lossy: FlakyPlan = ({ operation, count }) => ((operation === "write" || operation === "touch") && count % 3 === 1 ? "throw" : undefined);

/** Answers a turn of the event loop later, each call at its own time. */
const slow: FlakyPlan = ({ count }) => new Promise((resolve) => setTimeout(resolve, count % 4));

keepsTheContract("two backups", () => [memoryBackup(), memoryBackup()]);
keepsTheContract("three backups", () => [memoryBackup(), memoryBackup(), memoryBackup()]);
keepsTheContract("two backups, and each write in both", () => [memoryBackup(), memoryBackup()], 2);
keepsTheContract("two backups of which one loses writes", () => [memoryBackup(), flaky(memoryBackup(), lossy)]);
keepsTheContract("two backups of which the first loses writes", () => [flaky(memoryBackup(), lossy), memoryBackup()]);
// All copies: a process could not know that a write of another one has not got to the slow store yet.
keepsTheContract("three backups of which one is slow, and each write in all", () => [flaky(memoryBackup(), slow), memoryBackup(), memoryBackup()], 3);
