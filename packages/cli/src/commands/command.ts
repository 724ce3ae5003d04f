import type { Arguments, Syntax } from "../arguments/arguments.ts";

/** One of the things that `lastgood` can do. */
export interface Command extends Syntax {
  readonly name: string;
  /** What follows its options on the command line. */
  readonly synopsis: string;
  /** At most 39 characters: a line of `lastgood --help` has 80. */
  readonly summary: string;
  /** More about it, for its own help: paragraphs. */
  readonly details: readonly string[];
  /** Resolves with the exit code. Rejects with a `UsageError` before it does anything if the arguments are not right. */
  readonly run: (args: Arguments) => Promise<number>;
}
