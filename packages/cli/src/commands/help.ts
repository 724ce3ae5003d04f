import { shown } from "@lastgood/core/adapter";
import { UsageError } from "../arguments/usage-error.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { print } from "../terminal/print.ts";
import type { Command } from "./command.ts";
import { commandHelp, generalHelp } from "./help-text.ts";

/** The command `help`. `commands` returns every command, `help` included. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: "help",
    synopsis: "[COMMAND]",
    summary: "this text, or the help of a command",
    details: ["Lists the commands, or explains the one that is named."],
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
