import { parseArgs } from "node:util";
import { codeOf, messageOf, shown } from "@lastgood/core/adapter";
import { type FlagName, OPTIONS, type OptionName, type ValueName } from "./options.ts";
import { UsageError } from "./usage-error.ts";
import { type Pattern, readCount, readDuration, readExitCode, readExitCodes, readPattern, readSize, readStatuses } from "./values.ts";

/** What a command accepts on its command line. */
export interface Syntax {
  readonly options: readonly OptionName[];
  /** Whether the words after `--` are the command line of another program. If not, they are ordinary arguments. */
  readonly endsInCommand?: boolean | undefined;
}

/** The parsed arguments of one command. Methods throw a `UsageError` for an argument that they cannot read. */
export class Arguments {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #positionals: readonly string[];
  /** The words after `--`, if they are the command line of another program. */
  readonly rest: readonly string[];

  constructor(argv: readonly string[], { options, endsInCommand = false }: Syntax) {
    const dashes = argv.indexOf("--");
    const own = dashes === -1 ? argv : argv.slice(0, dashes);
    const rest = dashes === -1 ? [] : argv.slice(dashes + 1);
    if (endsInCommand && dashes === -1) refuseBareCommand(argv, options);
    const { values, positionals } = parse(own, options, endsInCommand);
    this.#values = new Map(Object.entries(values));
    this.#positionals = endsInCommand ? positionals : [...positionals, ...rest];
    this.rest = endsInCommand ? rest : [];
  }

  /** The positional arguments, one for each name. */
  positionals<const Names extends readonly string[]>(...names: Names): { [N in keyof Names]: string } {
    const missing = names[this.#positionals.length];
    if (missing !== undefined) throw new UsageError(`${missing} is missing`);
    this.#refuseMoreThan(names.length);
    return this.#positionals as { [N in keyof Names]: string }; // as many as there are names, as was just checked
  }

  /** The positional argument, if there is one. */
  optionalPositional(): string | undefined {
    this.#refuseMoreThan(1);
    return this.#positionals[0];
  }

  /** The key: the positional argument, or `--key`. */
  key(): string {
    const key = this.text("key");
    if (key === undefined) return this.positionals("KEY")[0];
    this.#refuseMoreThan(0);
    return key;
  }

  /** The names of nested namespaces, the outermost first. */
  namespace(): readonly string[] {
    const names = this.#values.get("namespace");
    if (!Array.isArray(names)) return [];
    if (names.includes("")) throw new UsageError("--namespace is empty: write its name, or leave the option out");
    return names.map(String);
  }

  flag(name: FlagName): boolean {
    return this.#values.get(name) === true;
  }

  text(name: ValueName): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** The values of an option that may be repeated. */
  texts(name: ValueName): readonly string[] {
    const values = this.#values.get(name);
    return Array.isArray(values) ? values.map(String) : [];
  }

  /** A whole number from 0 on. */
  count(name: ValueName): number | undefined {
    return this.#read(name, readCount, "is not a whole number from 0 to 999");
  }

  /** A whole number from 1 on. */
  positiveCount(name: ValueName): number | undefined {
    const count = this.count(name);
    if (count === 0) throw new UsageError(`--${name} is 0, and counts from 1`);
    return count;
  }

  statuses(name: ValueName): readonly number[] | undefined {
    return this.#read(name, readStatuses, "is not a list of HTTP statuses: write whole numbers from 200 to 599, such as 404,410");
  }

  /** Milliseconds. */
  duration(name: ValueName): number | undefined {
    return this.#read(name, readDuration, "is not a duration: write a number and its unit (ms, s, m, h, d or w), such as 90s or 5m");
  }

  /** Milliseconds, and not 0: a source without time never answers. */
  positiveDuration(name: ValueName): number | undefined {
    const ms = this.duration(name);
    if (ms === 0) throw new UsageError(`--${name} is 0, and must be longer`);
    return ms;
  }

  /** Bytes. */
  size(name: ValueName, most: number): number | undefined {
    const size = this.#read(name, readSize, "is not a size: write a whole number of bytes, or one with k, M or G, such as 10M");
    if (size !== undefined && size > most) throw new UsageError(`--${name} ${this.text(name)} is too large: at most ${most} bytes can be kept`);
    return size;
  }

  exitCode(name: ValueName): number | undefined {
    return this.#read(name, readExitCode, "is not an exit code: write a whole number from 0 to 255");
  }

  exitCodes(name: ValueName): ReadonlySet<number> | undefined {
    return this.#read(name, readExitCodes, "is not a list of exit codes: write whole numbers from 0 to 255, such as 0,1");
  }

  pattern(name: ValueName): Pattern | undefined {
    const advice = "is not a regular expression of RE2, which has no look-around, no back-references and no repeat count over 1000";
    return this.#read(name, readPattern, advice);
  }

  #read<T>(name: ValueName, valueOf: (text: string) => T | undefined, complaint: string): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = valueOf(text);
    if (value === undefined) throw new UsageError(`--${name} ${shown(text)} ${complaint}`);
    return value;
  }

  #refuseMoreThan(count: number): void {
    const extra = this.#positionals[count];
    if (extra !== undefined) throw new UsageError(`${shown(extra)} is one argument too many`);
  }
}

/** Whether the arguments ask for help. Words after `--` belong to another program. */
export function asksForHelp(argv: readonly string[]): boolean {
  const dashes = argv.indexOf("--");
  return (dashes === -1 ? argv : argv.slice(0, dashes)).some((argument) => argument === "--help" || argument === "-h");
}

function parse(argv: readonly string[], names: readonly OptionName[], endsInCommand: boolean): { values: object; positionals: string[] } {
  try {
    return parseArgs({ args: [...argv], options: parserOptions(names), allowPositionals: true });
  } catch (error) {
    if (!String(codeOf(error)).startsWith("ERR_PARSE_ARGS_")) throw error;
    throw new UsageError(explain(messageOf(error), endsInCommand));
  }
}

/** Finds `run echo hi` before any option is refused: nobody can tell the options of `echo` from those of `run`. */
function refuseBareCommand(argv: readonly string[], names: readonly OptionName[]): void {
  const { tokens } = parseArgs({ args: [...argv], options: parserOptions(names), allowPositionals: true, strict: false, tokens: true });
  const first = tokens.find(({ kind }) => kind === "positional");
  if (first === undefined) return;
  const command = argv[first.index] ?? "";
  throw new UsageError(`-- is missing before ${shown(command)}: write lastgood run [OPTION...] -- ${command} ...`);
}

function parserOptions(names: readonly OptionName[]): Record<string, { type: "boolean" | "string"; multiple: boolean }> {
  return Object.fromEntries(names.map((name) => [name, { type: typeOf(name), multiple: OPTIONS[name].repeats ?? false }]));
}

function typeOf(name: OptionName): "boolean" | "string" {
  return OPTIONS[name].value === undefined ? "boolean" : "string";
}

/** Node's message without its advice, which does not fit a program with its own help. */
function explain(message: string, endsInCommand: boolean): string {
  const [problem = ""] = message.split(/\. |\n/);
  const ambiguous = /'(--[\w-]+)(?: <value>)?' argument is ambiguous/.exec(message)?.[1];
  if (ambiguous !== undefined) return `${ambiguous} is followed by a word that begins with -: write ${ambiguous}=VALUE if that is its value`;
  if (problem.startsWith("Unknown option") && !endsInCommand) return `${problem}; an argument that begins with - comes after --`;
  return problem.replace(/\.$/, "");
}
