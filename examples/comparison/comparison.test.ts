import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { compare } from "./comparison.mjs";

const PAGE = new URL("../../site/pages/comparison.md", import.meta.url);
const RESULTS = new URL("../../benchmarks/RESULTS.md", import.meta.url);
const NAMES = ["lastgood", "lru-cache fetch", "cache-manager", "cacheable", "bentocache"];

/** The cells of each row that has this name first, below this heading. */
function rowOf(markdown: string, heading: string, name: string): string[] {
  const section = markdown.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").map((line) => line.replaceAll("`", "").split("|").map((cell) => cell.trim()).slice(1, -1));
  return rows.find(([first]) => first === name) ?? [];
}

/** The median, without its range. */
function median(cell: string | undefined): string | undefined {
  return cell?.split(" ")[0];
}

it("the page that compares caches has what each of them does in an outage today", async () => {
  const table = await compare();
  expect(await readFile(PAGE, "utf8"), `put this into site/pages/comparison.md, and correct what is said of it:\n\n${table}\n`).toContain(table);
}, 300_000);

it("the page that compares caches has the costs of the last benchmark", async () => {
  const [page, results] = await Promise.all([readFile(PAGE, "utf8"), readFile(RESULTS, "utf8")]);
  const measured = NAMES.map((name) => {
    const size = rowOf(results, "Size of core", name === "lastgood" ? "@lastgood/core" : name.split(" ").at(0) ?? name);
    const bytes = Number(rowOf(results, "Heap of an entry", name)[1]);
    return [name, median(rowOf(results, "A hit in memory", name)[1]), median(rowOf(results, "A miss, with a trivial loader", name)[1]), String(Math.round(bytes)), median(size[2])];
  });
  const said = NAMES.map((name) => rowOf(page, "What it costs", name)).map(([name, hit, miss, , heap, size]) => [name, hit, miss, heap, size]);
  expect(said).toEqual(measured);
});
