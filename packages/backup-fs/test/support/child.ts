import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const packageDirectory = fileURLToPath(new URL("../..", import.meta.url));

/** The sources as they are now, as JavaScript for child processes: `dist` may be older, or not there. */
export async function compileSources(): Promise<{ readonly entry: string; remove(): Promise<void> }> {
  // Where the client library of the package can be resolved from, and where nobody takes it for a source.
  const modules = join(packageDirectory, "node_modules");
  await mkdir(modules, { recursive: true });
  const directory = await mkdtemp(join(modules, ".compiled-"));
  const sources = join(packageDirectory, "src");
  for (const name of await readdir(sources)) {
    const source = await readFile(join(sources, name), "utf8");
    await writeFile(join(directory, name.replace(/\.ts$/, ".js")), asJavaScript(source));
  }
  await writeFile(join(directory, "package.json"), '{ "type": "module" }');
  return { entry: join(directory, "index.js"), remove: () => rm(directory, { recursive: true }) };
}

export interface Child {
  /** What it has printed so far. */
  output(): string;
  /** Resolves once it has printed something, and rejects if it ends without. */
  readonly started: Promise<void>;
  /** Resolves with its exit code, or the signal that ended it, when all that it printed is there. */
  readonly ended: Promise<unknown>;
  kill(signal: NodeJS.Signals): void;
}

/** Runs a script of `processes` in a process of its own, after `setUp`, a line of shell. */
export function run(script: string, parameters: readonly string[], setUp = ":"): Child {
  const path = join(packageDirectory, "test/processes", script);
  const shell = ["-c", `${setUp}; exec "$@"`, "sh", process.execPath, path, ...parameters];
  const child = spawn("/bin/sh", shell, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const ended = once(child, "close").then(([code, signal]: unknown[]) => code ?? signal);
  const silent = ended.then((end) => Promise.reject(new Error(`${script} ended with ${end}, without a word`)));
  const started = Promise.race([once(child.stdout, "data").then(() => undefined), silent]);
  // Not every test waits for both.
  started.catch(() => undefined);
  silent.catch(() => undefined);
  return { output: () => output, started, ended, kill: (signal) => child.kill(signal) };
}

function asJavaScript(source: string): string {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}
