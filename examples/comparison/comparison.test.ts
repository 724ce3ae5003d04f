import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { compare } from "./comparison.mjs";

const PAGE = new URL("../../site/pages/comparison.md", import.meta.url);

it("the page that compares caches has what each of them does in an outage today", async () => {
  const table = await compare();
  expect(await readFile(PAGE, "utf8"), `put this into site/pages/comparison.md, and correct what is said of it:\n\n${table}\n`).toContain(table);
}, 300_000);
