import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const MAIN: string = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** The output and exit of a process. */
export interface Outcome {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A directory in which the command line runs and stores everything. Deleted after the test. */
export class Sandbox {
  readonly directory: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;

  constructor(directory: string) {
    this.directory = directory;
    const { LASTGOOD_BACKUP_URL: _, ...env } = process.env;
    // bun and Deno keep caches of their own, which would be in the one of the sandbox.
    const elsewhere = { BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0", DENO_DIR: join(tmpdir(), "lastgood-deno") };
    this.env = { ...env, ...elsewhere, XDG_CACHE_HOME: this.path("cache"), XDG_STATE_HOME: this.path("state") };
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Starts `lastgood` with these arguments. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
    return new Run(process.execPath, [MAIN, ...args], this.directory, { ...this.env, ...env });
  }

  async lastgood(...args: readonly string[]): Promise<Outcome> {
    return await this.start(args).outcome;
  }

  /** Runs a copy of `lastgood` that is installed elsewhere. */
  async node(main: string, ...args: readonly string[]): Promise<Outcome> {
    return await new Run(process.execPath, [main, ...args], this.directory, { ...this.env }).outcome;
  }

  /** Runs `lastgood` as a user without a HOME or an entry in /etc/passwd, as in some containers. Needs root. */
  async homeless(...args: readonly string[]): Promise<Outcome> {
    const { PATH } = process.env;
    const become = "process.setgroups?.([]); process.setgid?.(54321); process.setuid?.(54321); delete process.env.HOME;";
    const script = `if (process.getuid?.() === 0) { ${become} } await import(${JSON.stringify(MAIN)});`;
    return await new Run(process.execPath, ["--input-type=module", "-e", script, "lastgood", ...args], this.directory, { PATH }).outcome;
  }

  /** Runs a shell script that can call `lastgood`. */
  async shell(line: string): Promise<Outcome> {
    const script = `lastgood() { ${quote(process.execPath)} ${quote(MAIN)} "$@"; }\n${line}`;
    return await new Run("sh", ["-c", script], this.directory, this.env).outcome;
  }

  /** Runs a shell script as the cached command, under the key "feed". */
  async feed(script: string, ...options: readonly string[]): Promise<Outcome> {
    return await this.lastgood("run", "--key", "feed", ...options, "--", "sh", "-c", script);
  }

  /** Stores a backup under the key "feed", with nothing cached. */
  async keep(script: string): Promise<void> {
    const { code, stderr } = await this.feed(script, "--ttl", "0");
    if (code !== 0) throw new Error(`run exited with ${code}: ${stderr}`);
  }

  async expire(...options: readonly string[]): Promise<void> {
    const { code, stderr } = await this.lastgood("expire", ...options, "feed");
    if (code !== 0) throw new Error(`expire exited with ${code}: ${stderr}`);
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    await writeFile(this.path(name), content);
  }

  /** The content of a file; "" if there is none. */
  async read(name: string): Promise<string> {
    return await readFile(this.path(name), "utf8").catch(() => "");
  }
}

/** A process. */
export class Run {
  readonly outcome: Promise<Outcome>;
  readonly #child;
  #said = "";

  constructor(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
    const child = spawn(program, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => undefined); // the process need not read its input
    child.stdin.end("what was typed in\n");
    this.#child = child;
    child.stderr.on("data", (chunk) => (this.#said += String(chunk)));
    this.outcome = Promise.all([buffer(child.stdout), text(child.stderr), once(child, "close")]).then(([stdout, stderr]) => {
      return { stdout, stderr, code: child.exitCode, signal: child.signalCode };
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What it has said on standard error so far. */
  get said(): string {
    return this.#said;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }
}

export async function sandbox(): Promise<Sandbox> {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-cli-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return new Sandbox(directory);
}

/** Waits until another process has done something. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
