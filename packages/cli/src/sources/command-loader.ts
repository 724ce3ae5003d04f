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
  /** The exit codes that come with an answer. */
  readonly okExits: ReadonlySet<number>;
}

/**
 * Loads the standard output of a command. No shell is involved. Its standard error goes where ours goes. Its standard
 * input is empty: an answer that depends on what one user typed in must not be given to another.
 *
 * The command is over when it exits. Programs that it has left running are left alone, and what they print is not read.
 * A command that has to be stopped is stopped together with all that it has started: it gets a process group of its own.
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

/** Resolves once the command has exited. A caller that stops it does not wait for that. */
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
