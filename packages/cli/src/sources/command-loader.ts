import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { LoadContext } from "@lastgood/core";
import { codeOf } from "@lastgood/core/adapter";
import { EXIT } from "../terminal/exit-codes.ts";
import { CappedOutput } from "./capped-output.ts";
import { LoadFailure, RefusedOutput } from "./load-failure.ts";
import { EXIT_CODE, type Loader } from "./loader.ts";
import { stopGroup } from "./process-group.ts";
import { readHeldBack } from "./process-output.ts";

/** The program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

export interface CommandLoaderOptions {
  readonly maxBytes: number;
  /** The exit codes that mean success. */
  readonly okExits: ReadonlySet<number>;
}

/**
 * Loads the standard output of a command, without a shell. The command inherits our standard error. Its standard input
 * is empty: no user should get an answer that depends on what another user typed.
 *
 * The load ends when the command exits. Programs that it leaves running are left alone, and their output is not read.
 * The command gets its own process group, so that stopping it stops every process that it started.
 */
export function commandLoader([program, ...args]: CommandLine, { maxBytes, okExits }: CommandLoaderOptions): Loader {
  const output = new CappedOutput(maxBytes);

  async function load(signal: AbortSignal, context: LoadContext): Promise<Uint8Array> {
    signal.throwIfAborted();
    const tooMuch = new AbortController();
    const stopped = AbortSignal.any([signal, tooMuch.signal]);
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], detached: true });
    const stop = (): void => stopGroup(child);
    stopped.addEventListener("abort", stop);
    child.stdout.on("data", (chunk: Buffer) => {
      output.add(chunk);
      if (output.full) tooMuch.abort(refusal());
    });
    try {
      await exited(child, program, stopped);
    } finally {
      stopped.removeEventListener("abort", stop);
    }
    await readHeldBack(child.stdout);
    return answerOf(child, context);
  }

  function answerOf({ exitCode, signalCode }: ChildProcess, context: LoadContext): Uint8Array {
    if (signalCode !== null) {
      throw new LoadFailure(`command was killed by ${signalCode}`, EXIT.signal + constants.signals[signalCode]);
    }
    const code = exitCode ?? EXIT.failed;
    if (!okExits.has(code)) throw new LoadFailure(`command exited with ${code}`, code);
    if (output.full) throw refusal();
    if (code !== EXIT.ok) context.setMeta({ [EXIT_CODE]: String(code) });
    return output.bytes;
  }

  function refusal(): RefusedOutput {
    return new RefusedOutput(`it has more than ${maxBytes} bytes (--max-bytes)`);
  }

  return { load, printed: () => output.bytes };
}

/** Resolves once the command has exited. Rejects at once when `stopped` is aborted. */
async function exited(child: ChildProcess, program: string, stopped: AbortSignal): Promise<void> {
  try {
    await once(child, "exit", { signal: stopped });
  } catch (error) {
    stopped.throwIfAborted();
    throw notStarted(program, error);
  }
}

function notStarted(program: string, cause: unknown): LoadFailure {
  const code = codeOf(cause);
  if (code === "ENOENT") return new LoadFailure(`command not found: ${program}`, EXIT.notFound, { cause });
  if (code === "EACCES") return new LoadFailure(`command is not executable: ${program}`, EXIT.notExecutable, { cause });
  return new LoadFailure(`command could not be started: ${String(code ?? cause)}`, EXIT.notExecutable, { cause });
}
