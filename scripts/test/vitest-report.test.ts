import { describe, expect, it } from "vitest";
import { readReport, verdictOn } from "../lib/vitest-report.mjs";

const good = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

describe("the verdict on a run of the tests", () => {
  it("there is no complaint about a run in which every test passed", () => {
    expect(verdictOn(good, true)).toEqual({ complaints: [], totals: "3 passed, 0 failed" });
  });

  it("the verdict complains of tests that failed", () => {
    expect(verdictOn({ ...good, numFailedTests: 2 }, false)).toEqual({
      complaints: ["2 failed"],
      totals: "3 passed, 2 failed",
    });
  });

  it("the verdict complains of tests that were skipped or are still to be written", () => {
    expect(verdictOn({ ...good, numPendingTests: 1, numTodoTests: 1 }, true)).toEqual({
      complaints: ["2 skipped: a test either holds or goes"],
      totals: "3 passed, 0 failed, 2 skipped",
    });
  });

  it("the verdict complains of a run without tests", () => {
    expect(verdictOn({ ...good, numPassedTests: 0 }, true).complaints).toEqual(["no test ran"]);
  });

  it("the verdict complains of a test file that could not be loaded", () => {
    const broken = { name: "a.test.ts", status: "failed", assertionResults: [] };
    expect(verdictOn({ ...good, testResults: [broken] }, false).complaints).toEqual([
      "no test of a.test.ts ran: the file could not be loaded",
    ]);
  });

  it("the verdict complains when vitest ended with an error although every test passed", () => {
    expect(verdictOn(good, false).complaints).toEqual(["vitest ended with an error of its own"]);
  });

  it("the verdict complains when vitest wrote no report", () => {
    expect(verdictOn(readReport("does-not-exist.json"), false).complaints).toEqual([
      "vitest wrote no report",
      "no test ran",
    ]);
  });
});
