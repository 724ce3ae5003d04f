import { messageOf } from "@lastgood/core/adapter";
import { Arguments, asksForHelp } from "./arguments/arguments.ts";
import { UsageError } from "./arguments/usage-error.ts";
import { refuseUnlessUtf8 } from "./arguments/utf8.ts";
import type { Command } from "./commands/command.ts";
import { commandHelp } from "./commands/help-text.ts";
import { findCommand, namesOf } from "./commands/help.ts";
import { COMMANDS } from "./commands/index.ts";
import { NoStore } from "./stores/no-store.ts";
import { EXIT } from "./terminal/exit-codes.ts";
import { print } from "./terminal/print.ts";
import { say } from "./terminal/say.ts";

/** Runs a command line. Resolves with the exit code, after every error has been printed to standard error. */
export async function cli(argv: readonly string[]): Promise<number> {
  // A client of a store may keep no process alive, and then Node would end in the middle of a call.
  const alive = setInterval(() => undefined, LONG);
  try {
    return await dispatch(argv);
  } catch (error) {
    say(messageOf(error));
    if (error instanceof NoStore) return EXIT.failed;
    return error instanceof UsageError ? EXIT.usage : EXIT.refused;
  } finally {
    clearInterval(alive);
  }
}

const LONG = 2 ** 30;

const SYNONYMS: Readonly<Record<string, string>> = { "--help": "help", "-h": "help", "--version": "version" };

async function dispatch([name = "", ...argv]: readonly string[]): Promise<number> {
  const command = commandNamed(name);
  try {
    refuseUnlessUtf8([name, ...argv]);
    if (!asksForHelp(argv)) return await command.run(new Arguments(argv, command));
    await print(commandHelp(command));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${command.name}: ${error.message}; see lastgood ${command.name} --help`);
  }
}

function commandNamed(name: string): Command {
  const synonym = Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name] : undefined;
  try {
    return findCommand(COMMANDS, synonym ?? name);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${whatIsWrong(name) ?? error.message}; see lastgood --help`);
  }
}

function whatIsWrong(name: string): string | undefined {
  if (name === "") return `the command is missing; the commands are ${namesOf(COMMANDS)}`;
  if (name.startsWith("-")) return `${name} is not a command: options come after it; the commands are ${namesOf(COMMANDS)}`;
  return undefined;
}
