import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HERE = fileURLToPath(new URL("./", import.meta.url));
/** Where what is compiled finds the packages, and Git does not see it. */
const COMPILED = fileURLToPath(new URL("../node_modules/.readme/", import.meta.url));

/** The SDK of AWS warns of Node 20, for which nobody here can do anything. */
const ENV = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };

const EXAMPLES = (await readdir(HERE)).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
/** A page that has just been made and is not in Git yet may wait for its example. */
const PAGES = execFileSync("git", ["ls-files", "*README.md", "CONTRIBUTING.md", "site/pages/*.md"], { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
const SNIPPETS = (await Promise.all(PAGES.map(snippetsOf))).flat();

interface Snippet {
  readonly page: string;
  readonly code: string;
  readonly number: number;
}

async function snippetsOf(page: string): Promise<Snippet[]> {
  const text = await readFile(join(ROOT, page), "utf8");
  return Array.from(text.matchAll(/^```(?:ts|js|typescript|javascript)\n(.*?)^```/gms), ([, code = ""], index) => ({ page, code, number: index + 1 }));
}

/** The code, however deep its lines are indented. */
function withoutIndentation(text: string): string {
  return text.split("\n").flatMap((line) => line.trim() || []).join("\n");
}

/** A newer Node would run TypeScript by itself, and Node 20 does not. */
async function compile(example: string): Promise<string> {
  const source = await readFile(join(HERE, example), "utf8");
  const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true } });
  const file = join(COMPILED, example.replace(/\.ts$/, ".mjs"));
  const isRelative = /(?<=from ")\.[^"]*(?=")/g;
  await writeFile(file, outputText.replaceAll(isRelative, (path) => new URL(path, import.meta.url).href));
  return file;
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lastgood-readme-"));
  await mkdir(COMPILED, { recursive: true });
});
afterAll(() => rm(directory, { recursive: true, maxRetries: 10, retryDelay: 100 }));

describe("a snippet", () => {
  it("the snippets of the repository, the packages and the templates are found", () => {
    expect(PAGES).toEqual(expect.arrayContaining(["README.md", "CONTRIBUTING.md", "packages/core/README.md", "templates/backup-adapter/README.md"]));
    expect(new Set(SNIPPETS.map(({ page }) => page)).size).toBeGreaterThan(10);
  });

  it.each(SNIPPETS)("snippet $number of $page is part of a program in examples/readme, to the letter", async ({ page, code }) => {
    const examples = await Promise.all(EXAMPLES.map((file) => readFile(join(HERE, file), "utf8")));
    const has = examples.some((text) => withoutIndentation(text).includes(withoutIndentation(code)));
    expect(has, `no file of examples/readme has this snippet of ${page}. Put it into one, with what it needs to run:\n\n${code}`).toBe(true);
  });
});

describe("a program of the READMEs", () => {
  it.each(EXAMPLES)("the program %s runs and ends by itself, without a word on standard error", async (example) => {
    const file = await compile(example);
    const cwd = await mkdtemp(join(directory, "run-"));
    const { stderr } = await promisify(execFile)(process.execPath, [file], { cwd, env: ENV, timeout: 100_000 });
    expect(stderr).toBe("");
  }, 120_000);

  it.each([
    ["outage.ts", { rates: { EUR: 1, USD: 1.1 } }],
    ["core.ts", { feed: "<feed/>", value: "<feed/>", source: "cache", stale: false }],
    ["conditional.ts", { asked: ["200", "304"] }],
    ["tags.ts", { before: 1, after: 2 }],
    ["http.ts", { rates: { EUR: 1 }, status: "lastgood; fwd=uri-miss; ttl=0; stored" }],
  ])("the program %s gets what its README says", async (example, expected) => {
    const home = process.cwd();
    process.chdir(await mkdtemp(join(directory, "import-"))); // it keeps its backups in ./var
    try {
      const got: unknown = await import(join(HERE, example));
      expect(got).toMatchObject(expected);
    } finally {
      process.chdir(home);
    }
  });
});
