import { OPTIONS, type OptionName } from "../../arguments/options.ts";
import type { Command } from "../command.ts";

/** Options whose value is a place, which may be a path. */
const PLACES: ReadonlySet<OptionName> = new Set(["backup", "cache"]);

/** An option as a shell completes it. */
export interface CompletedOption {
  readonly name: OptionName;
  readonly help: string;
  readonly takes: "nothing" | "a place" | "a value";
}

export function optionsOf({ options, ownHelp }: Command): readonly CompletedOption[] {
  return options.map((name) => ({ name, help: ownHelp?.[name] ?? OPTIONS[name].help, takes: takenBy(name) }));
}

function takenBy(name: OptionName): CompletedOption["takes"] {
  if (OPTIONS[name].value === undefined) return "nothing";
  return PLACES.has(name) ? "a place" : "a value";
}

/** What may stand in place of the first argument: the words of a synopsis such as `bash|zsh|fish`. */
export function choicesOf({ name, synopsis }: Command, commands: readonly Command[]): readonly string[] {
  if (name === "help") return commands.map((command) => command.name);
  return synopsis.includes("|") ? synopsis.split("|") : [];
}

/** Whether the arguments of a command are places. */
export function takesPlaces({ name }: Command): boolean {
  return name === "copy";
}
