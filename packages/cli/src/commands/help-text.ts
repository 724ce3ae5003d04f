import { OPTIONS, type OptionName } from "../arguments/options.ts";
import { EXIT_CODES_IN_SHORT } from "../terminal/exit-codes.ts";
import { glossary, wrap } from "../terminal/table.ts";
import type { Command } from "./command.ts";

/** The text of `lastgood --help`. It fits a terminal of 24 rows. */
export function generalHelp(commands: readonly Command[]): string {
  return `lastgood keeps the last good output of commands and URLs, for when they fail.

${glossary(commands.map(({ name, synopsis, summary }) => [`lastgood ${name} ${synopsis}`.trimEnd(), summary]))}

${wrap(EXIT_CODES_IN_SHORT)}
`;
}

/** The text of `lastgood help COMMAND` and `lastgood COMMAND --help`. */
export function commandHelp({ name, synopsis, summary, details, options, ownHelp }: Command): string {
  const usage = [`lastgood ${name}`, options.length > 0 ? "[OPTION...]" : "", synopsis].filter(Boolean).join(" ");
  const paragraphs = details.map((paragraph) => `\n${wrap(paragraph)}\n`).join("");
  const optionList = options.length === 0 ? "" : `\nOptions:\n${glossary(options.map((option) => [signature(option), ownHelp?.[option] ?? OPTIONS[option].help]))}\n`;
  return `lastgood ${name}: ${summary}\n\nUsage: ${usage}\n${paragraphs}${optionList}`;
}

function signature(name: OptionName): string {
  const { value } = OPTIONS[name];
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}
