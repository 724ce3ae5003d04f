import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("the kit runs under node:test, and a correct adapter passes", () => {
  const { status, failed, passed } = nodeTest("correct.mjs");
  expect(failed).toEqual([]);
  expect(passed).toContain("touch records a later use");
  expect(status).toBe(0);
});

it("the kit runs under node:test, and a broken adapter fails by the sentences that it breaks", () => {
  const { status, failed, passed } = nodeTest("broken.mjs");
  expect(failed).toContain("touch records a later use");
  expect(passed).toContain("touch leaves the records as they are");
  expect(status).toBe(1);
});

/** Runs a test file in a separate process, on the built package. */
function nodeTest(file: string): { status: number | null; failed: string[]; passed: string[] } {
  const path = fileURLToPath(new URL(`node-test/${file}`, import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=tap", path], { encoding: "utf8" });
  const named = (result: string) => {
    const lines = stdout.matchAll(new RegExp(`^\\s*${result} \\d+ - (.*)$`, "gm"));
    return [...lines].map(([, name = ""]) => name);
  };
  return { status, failed: named("not ok"), passed: named("ok") };
}
