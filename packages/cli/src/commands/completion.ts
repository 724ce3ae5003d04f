import { shown } from "@lastgood/core/adapter";
import { UsageError } from "../arguments/usage-error.ts";
import { bashCompletion } from "./completions/bash.ts";
import { fishCompletion } from "./completions/fish.ts";
import { zshCompletion } from "./completions/zsh.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { print } from "../terminal/print.ts";
import type { Command } from "./command.ts";

const SHELLS: Readonly<Record<string, (commands: readonly Command[]) => string>> = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** The command `completion`. `commands` returns every command. */
export function completion(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    synopsis: "bash|zsh|fish",
    summary: "print completion for a shell",
    details: [
      "Prints a script that completes commands and options. For bash, in ~/.bashrc: eval \"$(lastgood completion bash)\". For zsh, in ~/.zshrc after compinit: eval \"$(lastgood completion zsh)\". For fish: lastgood completion fish > ~/.config/fish/completions/lastgood.fish",
    ],
    options: [],
    async run(args) {
      const [shell] = args.positionals("SHELL");
      const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
      if (script === undefined) throw new UsageError(`${shown(shell)} is no shell that is known: write bash, zsh or fish`);
      await print(script(commands()));
      return EXIT.ok;
    },
  };
}
