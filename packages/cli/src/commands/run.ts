import { createHash } from "node:crypto";
import { basename } from "node:path";
import { answer } from "../answers/answer.ts";
import { answerOptions, okExits } from "../answers/answer-options.ts";
import type { Arguments } from "../arguments/arguments.ts";
import { ANSWER_OPTIONS, JSON_ANSWERS } from "../arguments/options.ts";
import { UsageError } from "../arguments/usage-error.ts";
import { refusePathUnlessUtf8 } from "../arguments/utf8.ts";
import { type CommandLine, commandLoader } from "../sources/command-loader.ts";
import type { Command } from "./command.ts";

export const run: Command = {
  name: "run",
  synopsis: "-- COMMAND [ARGUMENT...]",
  summary: "the last good output of a command",
  details: [
    "A command fails when it exits with anything but 0 (see --ok-exit), when it is killed, cannot be started or takes too long, and when its output is refused. It runs without a shell and with an empty standard input. Its standard error is passed on. It ends when it exits: programs that it leaves running are left alone.",
    "Without --key, the key is a hash of the command, its arguments and the working directory.",
  ],
  options: ["ok-exit", ...ANSWER_OPTIONS],
  ownHelp: JSON_ANSWERS,
  endsInCommand: true,
  async run(args) {
    args.positionals();
    const command = commandOf(args);
    const options = answerOptions(args, () => defaultKey(command));
    return await answer(commandLoader(command, { maxBytes: options.maxBytes, okExits: okExits(args) }), options);
  },
};

function commandOf(args: Arguments): CommandLine {
  const [program, ...rest] = args.rest;
  if (program === undefined || program === "") throw new UsageError("the command is missing: write it after --");
  return [program, ...rest];
}

/**
 * A hash of the command line, which may hold passwords: messages show keys, and stores keep them. The working directory
 * is part of the hash, because a command may answer differently in another directory.
 */
function defaultKey(command: CommandLine): string {
  refusePathUnlessUtf8(process.cwd(), "the working directory");
  const question = JSON.stringify([process.cwd(), ...command]);
  const digest = createHash("sha256").update(question).digest("hex").slice(0, 32);
  return `${basename(command[0])}:${digest}`;
}
