import { parseArgs } from "node:util";
import { type FlagName, OPTIONS, type OptionName, type ValueName } from "./options.ts";
import { UsageError } from "./usage-error.ts";
import { parseDuration, parseExitCode, parsePattern, parseSize, shown } from "./values.ts";

/** The arguments of one command, each read as what it is to be. What cannot be read so is a `UsageError`. */
export class Arguments {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #positionals: readonly string[];
  /** What stands after `--`, which nobody but the command itself understands. */
  readonly rest: readonly string[];

  constructor(argv: readonly string[], options: readonly OptionName[]) {
    const dashes = argv.indexOf("--");
    const own = dashes === -1 ? argv : argv.slice(0, dashes);
    const { values, positionals } = parse(own, options);
    this.#values = new Map(Object.entries(values));
    this.#positionals = positionals;
    this.rest = dashes === -1 ? [] : argv.slice(dashes + 1);
  }

  /** The positional arguments: as many as there are names. */
  positionals<const Names extends readonly string[]>(...names: Names): { [N in keyof Names]: string } {
    const missing = names[this.#positionals.length];
    if (missing !== undefined) throw new UsageError(`${missing} is missing`);
    const extra = this.#positionals[names.length];
    if (extra !== undefined) throw new UsageError(`${shown(extra)} is one argument too many`);
    return this.#positionals as { [N in keyof Names]: string }; // as many as there are names, as was just checked
  }

  flag(name: FlagName): boolean {
    return this.#values.get(name) === true;
  }

  text(name: ValueName): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** Milliseconds. */
  duration(name: ValueName): number | undefined {
    return this.#read(name, parseDuration, "is not a duration: write a number and its unit (ms, s, m, h, d or w), such as 90s or 5m");
  }

  /** A duration that must not be 0: what is to be done in no time is never done. */
  positiveDuration(name: ValueName): number | undefined {
    const ms = this.duration(name);
    if (ms === 0) throw new UsageError(`--${name} is 0, and must be longer`);
    return ms;
  }

  /** Bytes. */
  size(name: ValueName, most: number): number | undefined {
    const size = this.#read(name, parseSize, "is not a size: write a whole number of bytes, or one with k, M or G, such as 10M");
    if (size !== undefined && size > most) throw new UsageError(`--${name} ${this.text(name)} is too large: at most ${most} bytes can be kept`);
    return size;
  }

  exitCode(name: ValueName): number | undefined {
    return this.#read(name, parseExitCode, "is not an exit code: write a whole number from 0 to 255");
  }

  pattern(name: ValueName): RegExp | undefined {
    return this.#read(name, parsePattern, "is not a regular expression of JavaScript");
  }

  #read<T>(name: ValueName, valueOf: (text: string) => T | undefined, complaint: string): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = valueOf(text);
    if (value === undefined) throw new UsageError(`--${name} ${shown(text)} ${complaint}`);
    return value;
  }
}

function parse(argv: readonly string[], names: readonly OptionName[]): { values: object; positionals: string[] } {
  const options = Object.fromEntries(names.map((name) => [name, { type: typeOf(name) }]));
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [problem = ""] = error.message.split(/\. |\n/); // what follows is advice for programs without a help of their own
    throw new UsageError(problem.replace(/\.$/, ""));
  }
}

function typeOf(name: OptionName): "boolean" | "string" {
  return OPTIONS[name].value === undefined ? "boolean" : "string";
}
