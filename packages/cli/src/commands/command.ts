import type { Arguments, Syntax } from "../arguments/arguments.ts";
import type { OptionName } from "../arguments/options.ts";

/** A command of `lastgood`, such as `run`. */
export interface Command extends Syntax {
  readonly name: string;
  /** The arguments after the options, as the help shows them. */
  readonly synopsis: string;
  /** At most 39 characters, so that a line of `lastgood --help` fits into 80. */
  readonly summary: string;
  /** Paragraphs for the command's own help. */
  readonly details: readonly string[];
  /** Help of options that mean something else to this command. */
  readonly ownHelp?: Readonly<Partial<Record<OptionName, string>>>;
  /** Resolves with the exit code. Rejects with a `UsageError` for wrong arguments, before any work. */
  readonly run: (args: Arguments) => Promise<number>;
}
