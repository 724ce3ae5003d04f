import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { lastGoodFetch } from "../src/index.ts";
import type { Case } from "./suite/case.ts";
import { NOT_MEANT, NOT_THROUGH_PROXY, whyNotMeant, whyNotThroughProxy } from "./suite/not-meant.ts";
import { pageOf } from "./suite/page.ts";
import { runCase } from "./suite/run-case.ts";
import { throughProxy } from "./suite/through-proxy.ts";
import { setUp } from "./support/setting.ts";

const CASES = JSON.parse(readFileSync(new URL("suite/cases.json", import.meta.url), "utf8")) as readonly Case[]; // its own file

async function play(each: Case): Promise<readonly string[]> {
  const { datastore, clock } = setUp();
  return await runCase(each, lastGoodFetch(datastore, { clock, shared: each.proxyOnly === true }), clock);
}

/** The same through the proxy, by a client that adds nothing to its requests. */
async function playThroughProxy(each: Case): Promise<readonly string[]> {
  const { datastore, clock } = setUp();
  const client = throughProxy(datastore, clock);
  onTestFinished(client.stop);
  return await runCase(each, client.fetch, clock);
}

const MEANT = CASES.filter(({ id }) => whyNotMeant(id) === undefined);
const MEANT_THROUGH_PROXY = MEANT.filter(({ id }) => whyNotThroughProxy(id) === undefined);
const passes = new Set<string>();
const throughProxyToo = new Set<string>();

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

  it.each(MEANT_THROUGH_PROXY.map((each) => [each.suite, each.id, each] as const))("%s: the case %s passes through the proxy as well", async (_, id, each) => {
    expect(await playThroughProxy(each)).toEqual([]);
    throughProxyToo.add(id);
  });

  it.each(MEANT.filter((each) => !MEANT_THROUGH_PROXY.includes(each)).map((each) => [each.suite, each.id, each] as const))("%s: the case %s does not pass through the proxy, as it should be", async (_, __, each) => {
    expect(await playThroughProxy(each)).not.toEqual([]);
    expect(NOT_THROUGH_PROXY.filter(([ids]) => ids.test(each.id))).toHaveLength(1);
  });

  it("docs/HTTP.md says which cases pass, and which do not and why", async () => {
    await expect(pageOf(CASES, passes, throughProxyToo)).toMatchFileSnapshot("../../../docs/HTTP.md");
  });
});
