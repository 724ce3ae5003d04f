import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lastGoodFetch } from "../src/index.ts";
import type { Case } from "./suite/case.ts";
import { NOT_MEANT, whyNotMeant } from "./suite/not-meant.ts";
import { pageOf } from "./suite/page.ts";
import { runCase } from "./suite/run-case.ts";
import { setUp } from "./support/setting.ts";

const CASES = JSON.parse(readFileSync(new URL("suite/cases.json", import.meta.url), "utf8")) as readonly Case[]; // its own file

async function play(each: Case): Promise<readonly string[]> {
  const { datastore, clock } = setUp();
  return await runCase(each, lastGoodFetch(datastore, { clock, shared: each.proxyOnly === true }), clock);
}

const MEANT = CASES.filter(({ id }) => whyNotMeant(id) === undefined);
const passes = new Set<string>();

describe("the cases of http-tests/cache-tests", () => {
  it("the cases are all there, and more than 200 are meant to pass", () => {
    expect(CASES).toHaveLength(370);
    expect(MEANT.length).toBeGreaterThan(200);
    expect(NOT_MEANT.every(([ids]) => CASES.some(({ id }) => ids.test(id)))).toBe(true);
  });

  it.each(MEANT.map((each) => [each.suite, each.id, each] as const))("%s: the case %s passes", async (_, id, each) => {
    expect(await play(each)).toEqual([]);
    passes.add(id);
  });

  // Some ids are of a kind that is not meant, and pass all the same: the page counts them as passed.
  it.each(CASES.filter((each) => !MEANT.includes(each)).map((each) => [each.suite, each.id, each] as const))("%s: the case %s is not meant to pass, or does", async (_, id, each) => {
    if ((await play(each)).length === 0) passes.add(id);
  });

  it("docs/HTTP.md says which cases pass, and which do not and why", async () => {
    await expect(pageOf(CASES, passes)).toMatchFileSnapshot("../../../docs/HTTP.md");
  });
});
