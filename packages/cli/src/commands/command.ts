import type { Arguments } from "../arguments/arguments.ts";
import type { OptionName } from "../arguments/options.ts";

/** One of the things that `lastgood` can do. */
export interface Command {
  readonly name: string;
  /** What follows its options on the command line. */
  readonly synopsis: string;
  readonly summary: string;
  /** More about it, for its own help. */
  readonly details: string;
  readonly options: readonly OptionName[];
  /** Resolves with the exit code. Rejects with a `UsageError` before it does anything if the arguments are not right. */
  readonly run: (args: Arguments) => Promise<number>;
}
