import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const READMES: Readonly<Record<string, readonly string[]>> = {
  "README.md": ["outage.ts"],
  "packages/core/README.md": ["core.ts", "conditional.ts"],
};

/** The lines of a file, however deep they are indented. */
function linesOf(text: string): string[] {
  return text.split("\n").flatMap((line) => line.trim() || []);
}

async function snippetsOf(readme: string): Promise<string[]> {
  const text = await readFile(join(ROOT, readme), "utf8");
  return Array.from(text.matchAll(/```ts\n(.*?)```/gs), ([, snippet = ""]) => linesOf(snippet).join("\n"));
}

describe("the snippets of a README", () => {
  it.each(Object.entries(READMES))("of %s stand in the examples, to the letter", async (readme, examples) => {
    const texts = await Promise.all(examples.map((example) => readFile(join(ROOT, "examples/readme", example), "utf8")));
    const code = linesOf(texts.join("\n")).join("\n");
    const snippets = await snippetsOf(readme);
    expect(snippets.length).toBeGreaterThan(1);
    for (const snippet of snippets) expect(code).toContain(snippet);
  });
});

describe("the examples of the READMEs run", () => {
  const home = process.cwd();
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "lastgood-readme-"));
    process.chdir(directory); // they keep their backups in ./var
  });
  afterAll(async () => {
    process.chdir(home);
    await rm(directory, { recursive: true });
  });

  it("and get what they ask for", async () => {
    const { rates } = await import("./outage.ts");
    expect(rates).toEqual({ EUR: 1, USD: 1.1 });
  });

  it("and say where it comes from", async () => {
    const { feed, value, source, stale } = await import("./core.ts");
    expect({ feed, value, source, stale }).toEqual({ feed: "<feed/>", value: "<feed/>", source: "cache", stale: false });
  });

  it("and ask a server only for what has changed", async () => {
    const { asked } = await import("./conditional.ts");
    expect(asked).toEqual(["200", "304"]);
  });
});
