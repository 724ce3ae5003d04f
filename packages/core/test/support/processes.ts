import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

const packageDirectory = fileURLToPath(new URL("../..", import.meta.url));

export interface Compiled {
  /** Where the script finds the package: its argument. */
  readonly url: string;
  remove(): Promise<void>;
}

/** The sources as they are now, as JavaScript for other processes: `dist` may be older, or not there. */
export async function compileSources(): Promise<Compiled> {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-core-"));
  const sources = join(packageDirectory, "src");
  for (const name of await readdir(sources, { recursive: true })) {
    if (!name.endsWith(".ts")) continue;
    const target = join(directory, name.replace(/\.ts$/, ".js"));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, asJavaScript(await readFile(join(sources, name), "utf8")));
  }
  await writeFile(join(directory, "package.json"), '{ "type": "module" }');
  return { url: `${pathToFileURL(directory)}/`, remove: () => rm(directory, { recursive: true }) };
}

function asJavaScript(source: string): string {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}

export interface Ended {
  /** Its exit code, or the signal that ended it. */
  readonly end: unknown;
  readonly output: string;
  readonly errors: string;
}

/** Runs a script of `processes` in a process of its own, until that ends by itself. */
export async function run(script: string, { url }: Compiled, scene: string): Promise<Ended> {
  const child = spawn(process.execPath, [join(packageDirectory, "test/processes", script), url, scene], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
  // One that does not end by itself must not outlive the test: the runner gives up a little later.
  const deadline = setTimeout(() => child.kill("SIGKILL"), 20_000);
  const [code, signal]: unknown[] = await once(child, "close");
  clearTimeout(deadline);
  return { end: code ?? signal, output, errors };
}
