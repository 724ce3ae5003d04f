import type { Command } from "../command.ts";
import { choicesOf, optionsOf, takesPlaces } from "./words.ts";

/** A script for bash that completes commands, options and paths. */
export function bashCompletion(commands: readonly Command[]): string {
  return `# bash completion of lastgood
_lastgood() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")}" -- "$word"))
    return
  fi
  case $before in
    --backup|--cache) compopt -o filenames -o nospace 2>/dev/null; COMPREPLY=($(compgen -f -W "file: sqlite: seed: s3:// postgres://" -- "$word")); return ;;
${valueOptions(commands)}
  esac
  case $command in
${commands.map((command) => caseOf(command, commands)).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words --help" -- "$word"))
}
complete -o default -F _lastgood lastgood
`;
}

/** Nobody but the user knows the value of these. */
function valueOptions(commands: readonly Command[]): string {
  const names = new Set(commands.flatMap(optionsOf).filter(({ takes }) => takes === "a value").map(({ name }) => `--${name}`));
  return `    ${[...names].join("|")}) return ;;`;
}

function caseOf(command: Command, commands: readonly Command[]): string {
  const words = [...optionsOf(command).map(({ name }) => `--${name}`), ...choicesOf(command, commands)];
  const files = takesPlaces(command) ? ' case $word in -*) ;; *) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")); return ;; esac;' : "";
  return `    ${command.name})${files} words="${words.join(" ")}" ;;`;
}
