import { shown } from "@lastgood/core/adapter";
import { UsageError } from "../arguments/usage-error.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { print } from "../terminal/print.ts";
import type { Command } from "./command.ts";
import { commandHelp, generalHelp } from "./help-text.ts";

/** `commands` are those that it knows, itself among them. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: "help",
    synopsis: "[COMMAND]",
    summary: "this text, or the help of a command",
    details: ["Prints what lastgood can do or, with the name of a command, what that command does and takes."],
    options: [],
    async run(args) {
      const name = args.optionalPositional();
      await print(name === undefined ? generalHelp(commands()) : commandHelp(findCommand(commands(), name)));
      return EXIT.ok;
    },
  };
}

/** @throws UsageError if there is no such command */
export function findCommand(commands: readonly Command[], name: string): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) throw new UsageError(`${shown(name)} is not a command; the commands are ${namesOf(commands)}`);
  return command;
}

export function namesOf(commands: readonly Command[]): string {
  return commands.map(({ name }) => name).join(", ");
}
