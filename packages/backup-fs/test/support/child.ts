import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const packageDirectory = fileURLToPath(new URL("../..", import.meta.url));

/** The sources as they are now, built as the package is, for child processes: `dist` may be older, or not there. */
export async function compileSources(): Promise<{ readonly entry: string; remove(): Promise<void> }> {
  // Where core can be resolved from, and where nobody takes it for a source.
  const modules = join(packageDirectory, "node_modules");
  await mkdir(modules, { recursive: true });
  const directory = await mkdtemp(join(modules, ".compiled-"));
  const { scripts } = JSON.parse(await readFile(join(packageDirectory, "package.json"), "utf8")) as { readonly scripts: { readonly build: string } }; // the laws see to that
  const [, , ...flags] = scripts.build.split(" && ").at(-1)?.split(" ") ?? [];
  const outfile = join(directory, "index.mjs");
  const where = flags.filter((flag) => !/^--(?:outdir|sourcemap|sources-content)/.test(flag));
  await promisify(execFile)(join(modules, ".bin/esbuild"), ["src/index.ts", ...where, `--outfile=${outfile}`], { cwd: packageDirectory });
  return { entry: outfile, remove: () => rm(directory, { recursive: true }) };
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
