import type { Command } from "../command.ts";
import { choicesOf, type CompletedOption, optionsOf, takesPlaces } from "./words.ts";

/** A script for fish that completes commands, options with their help, and paths. */
export function fishCompletion(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => linesOf(command, commands));
  return `# fish completion of lastgood\ncomplete -c lastgood -f\n${lines.join("\n")}\n`;
}

function linesOf(command: Command, commands: readonly Command[]): readonly string[] {
  const within = `complete -c lastgood -n '__fish_seen_subcommand_from ${command.name}'`;
  return [
    `complete -c lastgood -n __fish_use_subcommand -a ${command.name} -d '${quoted(command.summary)}'`,
    ...optionsOf(command).map((option) => `${within} ${optionSpec(option)}`),
    ...choicesOf(command, commands).map((choice) => `${within} -a ${choice}`),
    ...(takesPlaces(command) ? [`${within} -F`] : []),
  ];
}

function optionSpec({ name, help, takes }: CompletedOption): string {
  const value = { nothing: "", "a place": " -r -F", "a value": " -x" }[takes];
  return `-l ${name}${value} -d '${quoted(help)}'`;
}

function quoted(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`);
}
