import type { TestRunner } from "../src/index.ts";

export interface Verdict {
  readonly sentences: readonly string[];
  readonly failed: readonly string[];
}

/** A minimal test runner: runs the kit, and reports which of its sentences failed. */
export async function verdictOf(declare: (runner: TestRunner) => void): Promise<Verdict> {
  const tests: { sentence: string; body: () => Promise<void> }[] = [];
  declare({
    describe: (_, body) => body(),
    it: (sentence, body) => tests.push({ sentence, body }),
  });
  const failed: string[] = [];
  for (const { sentence, body } of tests) {
    await body().catch(() => failed.push(sentence));
  }
  return { sentences: tests.map(({ sentence }) => sentence), failed };
}
