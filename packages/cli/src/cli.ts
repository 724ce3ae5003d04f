import { Arguments } from "./arguments/arguments.ts";
import { UsageError } from "./arguments/usage-error.ts";
import type { Command } from "./commands/command.ts";
import { COMMANDS } from "./commands/index.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { EXIT } from "./terminal/exit-codes.ts";
import { print } from "./terminal/print.ts";
import { say } from "./terminal/say.ts";
import { version } from "./terminal/version.ts";

/** Does what the arguments say. Resolves with the exit code; what goes wrong has been said on standard error. */
export async function cli(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return error instanceof UsageError ? EXIT.usage : EXIT.refused;
  }
}

async function dispatch([name, ...argv]: readonly string[]): Promise<number> {
  if (name === "--help" || name === "-h") return await printed(generalHelp());
  if (name === "--version") return await printed(`${version()}\n`);
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) throw new UsageError(`${whatIsWrong(name)}; the commands are ${names()}; see lastgood --help`);
  if (asksForHelp(argv)) return await printed(commandHelp(command));
  return await runCommand(command, argv);
}

async function runCommand(command: Command, argv: readonly string[]): Promise<number> {
  try {
    return await command.run(new Arguments(argv, command.options));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${command.name}: ${error.message}; see lastgood ${command.name} --help`);
  }
}

async function printed(text: string): Promise<number> {
  await print(text);
  return EXIT.ok;
}

function whatIsWrong(name: string | undefined): string {
  if (name === undefined) return "the command is missing";
  return name.startsWith("-") ? `${name} is not a command: options come after it` : `${JSON.stringify(name)} is not a command`;
}

function names(): string {
  return COMMANDS.map((command) => command.name).join(", ");
}

/** What stands after `--` is for somebody else. */
function asksForHelp(argv: readonly string[]): boolean {
  const dashes = argv.indexOf("--");
  return (dashes === -1 ? argv : argv.slice(0, dashes)).some((argument) => argument === "--help" || argument === "-h");
}
