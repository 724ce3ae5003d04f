import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hosts } from "../hosts/hosts.mjs";
import { columnOf, expanded } from "../matrix/cells.mjs";
import { notesOf, pageOf, tableOf } from "../matrix/page.mjs";
import { complaintsOf } from "../matrix/verdict.mjs";

const rows = [
  { title: "a store", file: "packages/store/test/conformance.test.ts", under: "single > a URL|single > a client" },
  { title: "its own tests", file: "packages/store/test/" },
];
const titles = rows.map(({ title }) => title);

function test(ancestorTitles: string[], title = "holds", status = "passed") {
  return { ancestorTitles, title, status };
}

/** A column in which a store and its own tests have passed, but for what is changed. */
function columnWith(runtime: string, conformance: readonly ReturnType<typeof test>[]) {
  const own = { name: "/folder/packages/store/test/store.test.ts", assertionResults: [test([])] };
  const its = { name: "/folder/packages/store/test/conformance.test.ts", assertionResults: conformance };
  const testResults = conformance.length === 0 ? [own] : [own, its];
  return columnOf(runtime, { testResults }, "/folder", rows);
}

const good = [test(["single", "'a URL'"]), test(["single", "a client"])];

describe("the cells of a column", () => {
  it("a cell counts the tests of its file and its describe blocks", () => {
    const { cells, strays } = columnWith("Node 20", [...good, test(["cluster"])]);
    expect(cells.get("a store")).toEqual({ passed: 2, total: 2, failures: [] });
    expect(cells.get("its own tests")).toEqual({ passed: 2, total: 2, failures: [] });
    expect(strays).toEqual([]);
  });

  it("a cell has the names of the tests that failed and of those that were skipped", () => {
    const { cells } = columnWith("Node 20", [test(["single", "a URL"], "holds", "failed"), test(["single", "a URL"], "too", "skipped")]);
    expect(cells.get("a store")).toEqual({ passed: 0, total: 2, failures: ["single > a URL > holds", "single > a URL > too"] });
  });

  it("a file that could not be loaded is a failure in every row that it should have filled", () => {
    const testResults = [{ name: "/folder/packages/store/test/conformance.test.ts", message: "no such module\nat …", assertionResults: [] }];
    const { cells } = columnOf("Node 20", { testResults }, "/folder", rows);
    for (const title of titles) expect(cells.get(title)).toEqual({ passed: 0, total: 1, failures: ["the file could not be loaded: no such module"] });
  });

  it("a column has no cells where vitest wrote no report", () => {
    expect(columnOf("Node 20", undefined, "/folder", rows).cells.size).toBe(0);
  });

  it("a row with writers becomes one row for each writer that takes part", () => {
    const written = [{ title: "written by *", file: "records.test.ts", under: "by *", writers: ["Node 20", "Node 22", "bun"] }];
    expect(expanded(written, ["Node 20", "bun"])).toEqual([
      { title: "written by Node 20", file: "records.test.ts", under: "by Node 20" },
      { title: "written by bun", file: "records.test.ts", under: "by bun" },
    ]);
  });
});

describe("the verdict on a matrix", () => {
  const difference = { runtime: "bun", rows: ["a store"], why: "it has no client" };

  it("there is no complaint about a matrix in which every test of every cell passed", () => {
    expect(complaintsOf(titles, [columnWith("Node 20", good), columnWith("Node 22", good)], [])).toEqual([]);
  });

  it("a cell in which a test failed is complained of, with the name of the test", () => {
    const broken = columnWith("Node 22", [good[0] ?? test([]), test(["single", "a client"], "holds", "failed")]);
    expect(complaintsOf(titles, [columnWith("Node 20", good), broken], [])).toEqual([
      "a store, on Node 22: 1 of 2 tests did not pass\n    single > a client > holds",
    ]);
  });

  it("a cell in which no test ran and a column that is missing are complained of", () => {
    expect(complaintsOf(titles, [columnWith("Node 20", good), columnWith("Node 22", [])], [])).toEqual(["a store, on Node 22: no test ran"]);
    expect(complaintsOf(titles, [columnOf("Node 20", undefined, "/folder", rows)], [])).toHaveLength(2);
  });

  it("a cell with fewer tests than others of its row is complained of", () => {
    expect(complaintsOf(titles, [columnWith("Node 20", good), columnWith("Node 22", good.slice(1))], [])).toEqual([
      "a store, on Node 22: only 1 of 2 tests ran",
    ]);
  });

  it("a test that no row counts is complained of", () => {
    const stray = columnOf("Node 20", { testResults: [{ name: "/folder/other.test.ts", assertionResults: [test(["a"])] }] }, "/folder", rows);
    expect(complaintsOf([], [stray], [])).toEqual(["on Node 20 there is a test that no row counts: other.test.ts: a > holds"]);
  });

  it("a cell may fail where the plan says why, and is complained of once it works", () => {
    const failing = columnWith("bun", [test(["single", "a URL"], "holds", "failed")]);
    expect(complaintsOf(titles, [columnWith("Node 20", good), failing], [difference])).toEqual([]);
    expect(complaintsOf(titles, [columnWith("bun", good)], [difference])).toEqual([
      'a store, on bun: works, although the plan says "it has no client": take that out',
    ]);
  });

  it("a cell in which more or fewer tests fail than the plan says is complained of", () => {
    const failing = columnWith("bun", [test(["single", "a URL"], "holds", "failed"), test(["single", "a URL"], "too")]);
    expect(complaintsOf(titles, [failing], [{ ...difference, failing: 1 }])).toEqual([]);
    expect(complaintsOf(titles, [failing], [{ ...difference, failing: 2 }])).toEqual([
      "a store, on bun: 1 tests did not pass, and by the plan it is 2\n    single > a URL > holds",
    ]);
  });

  it("a cell may stay empty where the plan says that nothing can be run, and is complained of once something is", () => {
    const nothing = { ...difference, notRun: true };
    const own = columnWith("bun", []);
    expect(complaintsOf(titles, [own], [nothing])).toEqual([]);
    expect(complaintsOf(titles, [columnWith("bun", good)], [nothing])).toEqual([
      'a store, on bun: is run, although the plan says "it has no client": take that out',
    ]);
  });

  it("a cell that may fail is complained of if no test ran", () => {
    expect(complaintsOf(titles, [columnWith("bun", [])], [difference])).toEqual(["a store, on bun: no test ran"]);
  });
});

describe("the page", () => {
  const columns = [columnWith("Node 20", good), columnWith("bun", [test(["single", "a URL"], "holds", "failed")]), columnWith("Deno", [])];
  const differences = [{ runtime: "bun", rows: ["a store"], why: "it has no client" }];
  const matrix = { titles, columns, differences, versions: [{ name: "bun", version: "1.4.5" }] };

  it("the page shows of each cell how many tests passed, the number of its note, or that it was not run", () => {
    const [, , line] = tableOf(matrix).split("\n");
    expect(line?.split("|").map((cell) => cell.trim())).toEqual(["", "a store", "2/2", "0/1 (1)", "NOT RUN", ""]);
    expect(notesOf(matrix)).toEqual(["(1) bun: it has no client"]);
  });

  it("the page shows a dash and a note for a cell in which nothing can be run", () => {
    const [, , line] = tableOf({ ...matrix, columns: [columnWith("bun", [])], differences: [{ runtime: "bun", rows: ["a store"], why: "it has no client", notRun: true }] }).split("\n");
    expect(line?.split("|").map((cell) => cell.trim())).toEqual(["", "a store", "– (1)", ""]);
  });

  it("the page shows which cells failed, and the versions", () => {
    expect(tableOf({ ...matrix, differences: [] })).toContain("0/1 FAILED");
    expect(pageOf(matrix)).toContain("- bun 1.4.5");
  });
});

it("the plan lets no version of Node be different but in the SQLite that it lacks, and names runtimes and rows that there are", () => {
  const plan = JSON.parse(readFileSync(new URL("../matrix/plan.json", import.meta.url), "utf8"));
  const names: string[] = plan.runtimes.map(({ name }: { name: string }) => name);
  const planned = expanded(plan.rows, names).map(({ title }) => title);
  for (const { id } of hosts) expect(plan.rows.map(({ file }: { file: string }) => file)).toContain(`hosts/${id}`);
  expect(names.slice(0, 4)).toEqual(["Node 20", "Node 22", "Node 24", "Node 26"]);
  const onNode = plan.differences.filter(({ runtime }: { runtime: string }) => runtime.startsWith("Node"));
  for (const { notRun, rows: beginnings } of onNode) {
    expect(notRun).toBe(true);
    for (const beginning of beginnings) expect(beginning).toMatch(/^backup-sqlite: (driver (node|bun)|.*, by the runtime$)/);
  }
  for (const { runtime, rows: beginnings } of plan.differences) {
    expect(names).toContain(runtime);
    for (const beginning of beginnings) expect(planned.some((title) => title.startsWith(beginning))).toBe(true);
  }
});
