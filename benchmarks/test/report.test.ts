import { describe, expect, it } from "vitest";
import { barChart } from "../src/report/bar-chart.mjs";
import { lineChart } from "../src/report/line-chart.mjs";
import { markdownTable, resultsPage } from "../src/report/markdown.mjs";
import { atMost, beside, short } from "../src/rows/row.mjs";
import { summary } from "../src/statistics.mjs";

const row = { id: "hit", title: "A hit", method: "Nanoseconds." };

function pageWith(samples: number[]): string {
  const [, ours] = beside(new Map([["Map", [100, 100]], ["lastgood", samples]]), "Map");
  if (ours === undefined) throw new Error("two contenders were given");
  const verdict = atMost("A hit beside a Map", ours.times, 1.5, { of: "Map", reason: "It reads the clock." });
  return resultsPage([{ row, findings: { verdicts: [verdict], tables: [] } }], { versions: [["Node", "v0"]], minutes: 1, control: "Control: 1.00 times." });
}

describe("the page of results", () => {
  it("a goal that is met says so, and gives no reason", () => {
    const page = pageWith([140, 150]);
    expect(page).toContain("1 of 1 goals met");
    expect(page).toContain("| `hit` | A hit beside a Map | ≤ 1.5 × Map | 1.45 × [1.4–1.5] (met) | met |");
    expect(page).not.toContain("It reads the clock.");
  });

  it("a goal that is missed says by how much, and why", () => {
    const page = pageWith([300, 300]);
    expect(page).toContain("0 of 1 goals met");
    expect(page).toContain("(2.0 times the goal) | **missed** |");
    expect(page).toContain("It reads the clock.");
  });

  it("the page of results says how noisy the machine was", () => {
    expect(pageWith([100, 100])).toContain("Control: 1.00 times.");
  });

  it("the page of results names what the run was made with", () => {
    expect(pageWith([100, 100])).toContain("| Node | v0 |");
  });
});

describe("tables and charts", () => {
  it("a cell with a bar in it stays one cell", () => {
    expect(markdownTable({ columns: ["a|b"], rows: [["c|d"]] })).toBe("| a\\|b |\n| --- |\n| c\\|d |");
  });

  it("a table shows numbers with three significant digits", () => {
    expect([0.012345, 1.5, 99.94, 1234.5, NaN].map(short)).toEqual(["0.0123", "1.5", "99.9", "1,235", "–"]);
  });

  it("a long label has room to the left of its bar", () => {
    const label = "lru-cache get, the clock and a promise";
    const left = Number(/<rect x="([\d.]+)"/.exec(barChart("t", [{ label, value: summary([1]), isOurs: false }]))?.[1]);
    expect(left).toBeGreaterThan(label.length * 7);
  });

  it("a bar ten times as long in value is one decade longer", () => {
    const bar = (label: string, value: number) => ({ label, value: summary([value]), isOurs: false });
    const widths = [...barChart("t", [bar("a", 10), bar("b", 100), bar("c", 1_000)]).matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths).toEqual([0, 245, 490]);
  });

  it("the names in a chart are text, whatever is in them", () => {
    expect(barChart("a < b & c", [{ label: "<x>", value: summary([1]), isOurs: true }])).toContain("&lt;x&gt;");
  });

  it("every curve in a chart has its points and its name, and no name covers another", () => {
    const points = [10, 100].map((x) => ({ x, y: x }));
    const svg = lineChart("t", [{ name: "one", points }, { name: "two", points }]);
    expect(svg.match(/<circle/g)).toHaveLength(4);
    const [one = 0, two = 0] = ["one", "two"].map((name) => Number(new RegExp(`y="([\\d.]+)"[^>]*>${name}<`).exec(svg)?.[1]));
    expect(Math.abs(one - two)).toBeGreaterThanOrEqual(17);
  });
});
