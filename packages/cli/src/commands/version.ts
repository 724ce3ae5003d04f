import { EXIT } from "../terminal/exit-codes.ts";
import { print } from "../terminal/print.ts";
import { version } from "../terminal/version.ts";
import type { Command } from "./command.ts";

export const versionCommand: Command = {
  name: "version",
  synopsis: "",
  summary: "the version of lastgood",
  details: ["Prints the version of lastgood."],
  options: [],
  async run(args) {
    args.positionals();
    await print(`${version()}\n`);
    return EXIT.ok;
  },
};
