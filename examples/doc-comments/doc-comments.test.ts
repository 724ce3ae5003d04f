import { describe, expect, it } from "vitest";
import { complaintsAbout } from "./check.ts";
import { allExamples, type Example, examplesIn } from "./extract.ts";

const examples = await allExamples();

function example(code: string): Example {
  return { file: "packages/core/src/none.ts", line: 1, code };
}

const [fine, wrong, ...complaints] = complaintsAbout([
  example(`const feed: string = await datastore.get("feed", loadFeed, "5m");`),
  example(`const feed: number = await datastore.get("feed", loadFeed, "5m");`),
  ...examples,
]);

describe("the examples in doc comments", () => {
  it("an example is found up to the next tag, with or without a fence", () => {
    const text = "\n/**\n * Does it.\n *\n * @example\n * ```ts\n * f(1);\n * ```\n * @default 1\n */\n  /** @default 2 */\n/**\n * @example\n *     g();\n */\n";
    expect(examplesIn("a.ts", text).map(({ line, code }) => ({ line, code: code.trim() }))).toEqual([
      { line: 5, code: "f(1);" },
      { line: 13, code: "g();" },
    ]);
  });

  it("an example with a wrong type is found, and a correct one passes", () => {
    expect(fine).toEqual([]);
    expect(wrong).toEqual(["Type 'string' is not assignable to type 'number'."]);
  });

  it("there are examples in doc comments", () => {
    expect(examples.length).toBeGreaterThan(0);
  });

  it.each(examples.map(({ file, line }, index) => ({ file, line, index })))("the example at $file:$line is type-checked", ({ index }) => {
    expect(complaints[index], examples[index]?.code).toEqual([]);
  });
});
