import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { EXIT } from "../terminal/exit-codes.ts";
import { CappedOutput } from "./capped-output.ts";
import { LoadFailure, RefusedOutput } from "./load-failure.ts";
import type { Loader } from "./loader.ts";
import { stopGroup } from "./process-group.ts";

/** The program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/**
 * Loads the standard output of a command. No shell is involved. Its standard error goes where ours goes; its standard
 * input is empty, since an answer that depends on what is typed in must not be given to somebody who typed something else.
 *
 * The command gets a process group of its own, so that it can be stopped together with what it has started.
 */
export function commandLoader([program, ...args]: CommandLine, maxBytes: number): Loader {
  const output = new CappedOutput(maxBytes);

  async function load(signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    const tooMuch = new AbortController();
    const stopped = AbortSignal.any([signal, tooMuch.signal]);
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], detached: true });
    const stop = (): void => stopGroup(child);
    stopped.addEventListener("abort", stop);
    child.stdout.on("data", (chunk: Buffer) => {
      output.add(chunk);
      if (output.full) tooMuch.abort(new RefusedOutput(`it has more than ${maxBytes} bytes (--max-bytes)`));
    });
    try {
      await ended(child, program, stopped);
      throwUnlessSuccessful(child);
      return output.bytes;
    } finally {
      stopped.removeEventListener("abort", stop);
    }
  }

  return { load, printed: () => output.bytes };
}

/** Resolves once the command has ended and its output is complete. Whoever stops it does not wait for it to end. */
async function ended(child: ChildProcess, program: string, stopped: AbortSignal): Promise<void> {
  try {
    await once(child, "close", { signal: stopped });
  } catch (error) {
    stopped.throwIfAborted();
    throw notStarted(program, error);
  }
}

function notStarted(program: string, cause: unknown): LoadFailure {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return new LoadFailure(`command not found: ${program}`, EXIT.notFound, { cause });
  if (code === "EACCES") return new LoadFailure(`command is not executable: ${program}`, EXIT.notExecutable, { cause });
  return new LoadFailure(`command could not be started: ${String(code ?? cause)}`, EXIT.notExecutable, { cause });
}

function throwUnlessSuccessful({ exitCode, signalCode }: ChildProcess): void {
  if (exitCode === 0) return;
  if (signalCode !== null) {
    throw new LoadFailure(`command was killed by ${signalCode}`, EXIT.signal + constants.signals[signalCode]);
  }
  throw new LoadFailure(`command exited with ${exitCode}`, exitCode ?? EXIT.failed);
}
