import { OPTIONS, type OptionName } from "./arguments/options.ts";
import type { Command } from "./commands/command.ts";
import { COMMANDS } from "./commands/index.ts";

/** What `lastgood --help` prints. */
export function generalHelp(): string {
  return `lastgood keeps the last good output of any command and the last good body of any URL, and gives it when they fail.

Usage:
${inColumns(COMMANDS.map((command) => [usage(command), command.summary]))}
  lastgood COMMAND --help
  lastgood --version

Exit codes:
  0        there is an answer, also when a backup stood in (but see --stale-exit)
  1        there is none: the URL failed, or nothing is kept under the key
  2        the command line was not understood
  124      there is none: the source took too long
  125      there is none: the output was refused, or lastgood itself failed
  126 127  there is none: the command is not executable, or not found
  others   there is none: what the command exited with; 128 and the signal's number if it was killed
`;
}

/** What `lastgood COMMAND --help` prints. */
export function commandHelp(command: Command): string {
  return `lastgood ${command.name}: ${command.summary}

Usage: ${usage(command)}

${command.details}

Options:
${inColumns(command.options.map((name) => [signature(name), OPTIONS[name].help]))}
`;
}

function usage({ name, synopsis }: Command): string {
  return `lastgood ${name} [OPTION...] ${synopsis}`.trimEnd();
}

function signature(name: OptionName): string {
  const { value } = OPTIONS[name];
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

function inColumns(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
