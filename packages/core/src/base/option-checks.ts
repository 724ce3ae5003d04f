import { mustBe, shown } from "./shown.ts";

/** The checks that `optionChecks` returns. Each returns the value, or throws an error that names the factory and the option. */
export interface OptionChecks {
  /**
   * Checks that the value is an object with no options but `known`, because a misspelt option would be ignored in silence.
   * `undefined` counts as an object without options.
   */
  options(value: unknown, known: readonly string[]): Readonly<Record<string, unknown>>;
  /** `expected` describes the string, such as `"a region"`. */
  string(option: string, value: unknown, expected?: string): string;
  wholeNumber(option: string, value: unknown, least: number, most?: number): number;
  boolean(option: string, value: unknown): boolean;
  /** A `TypeError` to throw, for a value of the wrong type: `fsBackup: directory must be a path; got 5`. */
  wrongType(option: string, expected: string, got: unknown): TypeError;
  /** A `RangeError` to throw, for a value of the right type that makes no sense. */
  wrongValue(option: string, expected: string, got: unknown): RangeError;
}

/**
 * Checks for the options of an adapter, with errors of one form: `fsBackup: generations must be a whole number from 2
 * on; got 1`. An error shows the first 40 characters of a string: if the string may be a secret, write your own error.
 *
 * @param factory The name of the function that the user called.
 * @example
 * ```ts
 * import { optionChecks } from "@lastgood/core/adapter";
 *
 * const check = optionChecks("exampleBackup");
 *
 * export function generationsFrom(options?: unknown): number {
 *   const { generations = 2 } = check.options(options, ["generations"]);
 *   return check.wholeNumber("generations", generations, 2);
 * }
 * ```
 */
export function optionChecks(factory: string): OptionChecks {
  const message = (option: string, expected: string, got: unknown) => mustBe(`${factory}: ${option}`, expected, got);

  const check: OptionChecks = {
    options(value = {}, known) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw check.wrongType("options", "an object", value);
      const unknown = Object.keys(value).find((name) => !known.includes(name));
      if (unknown !== undefined) throw new TypeError(`${factory}: options must be among ${known.join(", ")}; got ${shown(unknown)}`);
      return { ...value };
    },
    string(option, value, expected = "a string") {
      if (typeof value !== "string") throw check.wrongType(option, expected, value);
      return value;
    },
    wholeNumber(option, value, least, most = Infinity) {
      const expected = most === Infinity ? `a whole number from ${least} on` : `a whole number from ${least} to ${most}`;
      if (typeof value !== "number") throw check.wrongType(option, expected, value);
      if (!Number.isSafeInteger(value) || value < least || value > most) throw check.wrongValue(option, expected, value);
      return value;
    },
    boolean(option, value) {
      if (typeof value !== "boolean") throw check.wrongType(option, "true or false", value);
      return value;
    },
    wrongType: (option, expected, got) => new TypeError(message(option, expected, got)),
    wrongValue: (option, expected, got) => new RangeError(message(option, expected, got)),
  };
  return check;
}
