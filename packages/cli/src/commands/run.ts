import { createHash } from "node:crypto";
import { basename } from "node:path";
import { answerOptions } from "../answers/answer-options.ts";
import { answer } from "../answers/answer.ts";
import { ANSWER_OPTIONS } from "../arguments/options.ts";
import { UsageError } from "../arguments/usage-error.ts";
import { type CommandLine, commandLoader } from "../sources/command-loader.ts";
import type { Command } from "./command.ts";

export const run: Command = {
  name: "run",
  synopsis: "-- COMMAND [ARGUMENT...]",
  summary: "the last good standard output of a command",
  details: `A command has failed when it exits with anything but 0, is killed, cannot be started, takes too long, or prints what
is refused. It is run without a shell, with nothing on its standard input. Its standard error is passed on.
Without --key, the answer is kept under a key made of the command, its arguments and the working directory.`,
  options: ANSWER_OPTIONS,
  async run(args) {
    args.positionals();
    const [program, ...rest] = args.rest;
    if (program === undefined || program === "") throw new UsageError("the command is missing: write it after --");
    const command: CommandLine = [program, ...rest];
    const options = answerOptions(args, defaultKey(command));
    return await answer(commandLoader(command, options.maxBytes), options);
  },
};

/**
 * Not the command line itself, which may hold passwords: keys are shown in messages and kept in stores. The working
 * directory belongs to it, because the same command in another place is another question.
 */
function defaultKey(command: CommandLine): string {
  const question = JSON.stringify([process.cwd(), ...command]);
  const digest = createHash("sha256").update(question).digest("hex").slice(0, 32);
  return `${basename(command[0])}:${digest}`;
}
