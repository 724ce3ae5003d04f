import type { Command } from "../command.ts";
import { choicesOf, type CompletedOption, optionsOf, takesPlaces } from "./words.ts";

/** A script for zsh that completes commands, options with their help, and paths. */
export function zshCompletion(commands: readonly Command[]): string {
  return `#compdef lastgood
_lastgood() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map((command) => caseOf(command, commands)).join("\n")}
  esac
}
if [ "$funcstack[1]" = "_lastgood" ]; then _lastgood "$@"; else compdef _lastgood lastgood; fi
`;
}

function caseOf(command: Command, commands: readonly Command[]): string {
  const options = optionsOf(command).map((option) => `'${optionSpec(option)}'`);
  const choices = choicesOf(command, commands);
  const rest = choices.length > 0 ? [`'1:word:(${choices.join(" ")})'`] : [];
  const places = takesPlaces(command) ? ["'*:place:_files'"] : [];
  return `    ${command.name}) _arguments ${[...options, ...rest, ...places, "'--help[print the help of this command]'"].join(" ")} ;;`;
}

function optionSpec({ name, help, takes }: CompletedOption): string {
  const value = takes === "nothing" ? "" : `:value:${takes === "a place" ? "_files" : ""}`;
  return `--${name}[${quoted(help).replace(/[[\]:]/g, String.raw`\$&`)}]${value}`;
}

function quoted(text: string): string {
  return text.replaceAll("'", String.raw`'\''`);
}
