import type { Case } from "./case.ts";
import { NOT_MEANT, NOT_THROUGH_PROXY, whyNotMeant, whyNotThroughProxy } from "./not-meant.ts";

const TITLES: Readonly<Record<string, string>> = {
  "cc-freshness": "freshness by Cache-Control",
  "cc-parse": "reading Cache-Control",
  "age-parse": "reading Age",
  expires: "freshness by Expires",
  "expires-parse": "reading Expires",
  "cc-response": "directives of the source",
  stale: "stale answers: stale-if-error, stale-while-revalidate, must-revalidate",
  heuristic: "freshness where the source says nothing",
  method: "methods",
  status: "statuses",
  "cc-request": "directives of the caller",
  pragma: "Pragma",
  vary: "Vary",
  "vary-parse": "reading Vary",
  "conditional-lm": "validation by date",
  "conditional-inm": "validation by tag",
  headers: "which fields are kept",
  update304: "what a 304 changes",
  updateHEAD: "what a HEAD changes",
  invalidation: "invalidation",
  partial: "ranges",
  auth: "Authorization",
  other: "Age, Date, queries, cookies",
  "cdn-cache-control": "CDN-Cache-Control",
  interim: "interim answers",
};

/** The page about all cases: those that pass, and those that are not meant to. */
export function pageOf(cases: readonly Case[], passes: ReadonlySet<string>, throughProxy: ReadonlySet<string>): string {
  const suites = [...new Set(cases.map(({ suite }) => suite))];
  const count = (some: readonly Case[]): string => `${some.filter(({ id }) => passes.has(id)).length} of ${some.length}`;
  const rows = suites.map((suite) => {
    const own = cases.filter((each) => each.suite === suite);
    return `| ${TITLES[suite] ?? suite} | ${count(own)} | ${count(own.filter(({ kind }) => kind === "required"))} |`;
  });
  const reasons = NOT_MEANT.map(([, why]) => [why, cases.filter(({ id }) => !passes.has(id) && whyNotMeant(id) === why)] as const);
  return `# How HTTP caching is done: the public cases

[http-tests/cache-tests](https://github.com/http-tests/cache-tests) (Mark Nottingham and others, BSD-3-Clause) is a public collection of what HTTP caches must, should and may do. Its cases are carried as facts, what is requested,
what the source answers and what is then expected, in [packages/http/test/suite](../packages/http/test/suite/cases.json), and played against \`lastGoodFetch\` with a real server. Those that
are about proxies alone are played with \`shared: true\`.

\`packages/http/test/suite.test.ts\` holds this page complete: every case passes or is listed here with its reason, and a case that changes sides fails the test. \`npx vitest run packages/http/test/suite.test.ts --update\`
writes it.

**${count(cases)} cases pass**, ${count(cases.filter(({ kind }) => kind === "required"))} of those that RFC 9111 requires. No case that does not pass is an oversight: each has its reason below.

**${throughProxy.size} cases pass through the proxy as well**, which \`lastgood serve\` is made of: a real server, a real client that adds nothing to its requests, and the proxy between them as a shared cache. It is played with all that
are meant to pass above.

| about | pass | of those required |
|---|---|---|
${rows.join("\n")}

## Not meant, and why

| why | cases |
|---|---|
${reasons.map(([why, some]) => `| ${why} | ${some.map(({ id }) => `\`${id}\``).join(", ")} |`).join("\n")}

## Pass with a fetch, and not through the proxy

| why | cases |
|---|---|
${NOT_THROUGH_PROXY.map(([, why]) => `| ${why} | ${cases.filter(({ id }) => whyNotMeant(id) === undefined && whyNotThroughProxy(id) === why).map(({ id }) => `\`${id}\``).join(", ")} |`).join("\n")}

## Pass

${suites.map((suite) => `**${TITLES[suite] ?? suite}**: ${cases.filter((each) => each.suite === suite && passes.has(each.id)).map(({ id }) => `\`${id}\``).join(", ") || "none"}`).join("\n\n")}
`;
}
