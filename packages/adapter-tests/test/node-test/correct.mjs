import { describe, it } from "node:test";
import { testBackupAdapter } from "@lastgood/adapter-tests";
import { memoryBackup } from "@lastgood/core/testing";

testBackupAdapter({ describe, it }, () => {
  const backup = memoryBackup();
  return { open: () => backup, destroy: () => {} };
});
