import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

export interface Example {
  /** The source file, from the root of the repository. */
  readonly file: string;
  /** The line of the `@example` in it. */
  readonly line: number;
  readonly code: string;
}

/** Every `@example` in the sources of every package. */
export async function allExamples(): Promise<Example[]> {
  const packages = await readdir(join(ROOT, "packages"));
  const files = await Promise.all(packages.map((name) => sourcesOf(`packages/${name}/src`)));
  return (await Promise.all(files.flat().map(async (file) => examplesIn(file, await readFile(join(ROOT, file), "utf8"))))).flat();
}

async function sourcesOf(directory: string): Promise<string[]> {
  const names = await readdir(join(ROOT, directory), { recursive: true }).catch(() => []);
  return names.filter((name) => /\.tsx?$/.test(name)).map((name) => `${directory}/${name}`);
}

/** An example ends at the next tag or at the end of its comment. A fence around it is removed. */
export function examplesIn(file: string, text: string): Example[] {
  const found: Example[] = [];
  for (const comment of text.matchAll(/\/\*\*.*?\*\//gs)) {
    const firstLine = text.slice(0, comment.index).split("\n").length;
    for (const example of comment[0].matchAll(/^[ \t]*\* @example\b(.*?)(?=^[ \t]*\* @\w|\*\/)/gms)) {
      const line = firstLine + comment[0].slice(0, example.index).split("\n").length - 1;
      found.push({ file, line, code: codeOf(example[1] ?? "") });
    }
  }
  return found;
}

function codeOf(body: string): string {
  const lines = body.split("\n").map((line) => line.replace(/^[ \t]*\* ?/, ""));
  return lines.filter((line) => !line.startsWith("```")).join("\n");
}
