import type { GetPolicy } from "./policies.ts";

interface Known {
  readonly caller: string;
  readonly names: readonly string[];
  readonly values: readonly unknown[];
  readonly policy: GetPolicy;
}

// Each get compares its options with all that are known. A program may compute its ttls, and none of those would be given again.
const MOST = 8;

/**
 * Options that were given before, and what they resolve to. Calls give the same options again and again, each in a new object, and to check them
 * takes longer than a hit. Only plain values are remembered: others may change later, or keep much memory in use.
 */
export class KnownOptions {
  readonly #known: Known[] = [];

  /** What the same options resolved to before. */
  find(options: object, caller: string): GetPolicy | undefined {
    if (this.#known.length === 0 || !isLiteral(options)) return undefined;
    const names = Object.getOwnPropertyNames(options);
    for (const known of this.#known) if (known.caller === caller && isSame(known, names, options)) return known.policy;
    return undefined;
  }

  remember(options: object, caller: string, policy: GetPolicy): void {
    // Options with a function or tags come by at each get, and descriptors are slow: a look at the values comes first.
    if (this.#known.length === MOST || !isLiteral(options) || !Object.values(options).every(isPlainValue)) return;
    const names = Object.getOwnPropertyNames(options);
    const values = names.map((name): unknown => Object.getOwnPropertyDescriptor(options, name)?.value);
    // What a getter answers with has no value here.
    if (values.every(isPlainValue)) this.#known.push({ caller, names, values, policy });
  }
}

/** Other objects may inherit options. */
function isLiteral(options: object): options is Readonly<Record<string, unknown>> {
  return Object.getPrototypeOf(options) === Object.prototype;
}

function isPlainValue(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isSame({ names, values }: Known, given: readonly string[], options: Readonly<Record<string, unknown>>): boolean {
  if (names.length !== given.length) return false;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    if (given[index] !== name || options[name] !== values[index]) return false;
  }
  return true;
}
