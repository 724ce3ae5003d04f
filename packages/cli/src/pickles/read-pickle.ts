import { types } from "node:util";
import { isBytes, isError } from "@lastgood/core/adapter";
import { Input } from "./input.ts";
import { OPERATIONS } from "./opcodes.ts";
import { PickleError } from "./pickle-error.ts";
import { PythonName } from "./python-names.ts";
import { Stack } from "./stack.ts";

const STOP = 0x2e;

/**
 * The value in a pickle of Python, of any protocol, as far as it is plain data: `None`, booleans, numbers, text, bytes, lists, tuples,
 * dictionaries and sets. Nothing that a pickle names is called. A dictionary becomes an object if all its keys are text, else a `Map`.
 *
 * @throws PickleError for one that is damaged, and for one that holds anything else.
 */
export function readPickle(bytes: Uint8Array): unknown {
  const input = new Input(bytes);
  const stack = new Stack();
  for (let code = input.byte(); code !== STOP; code = input.byte()) {
    const operation = OPERATIONS.get(code);
    if (operation === undefined) throw new PickleError(whyRefused(code));
    operation(stack, input);
  }
  if (input.hasMore) throw new PickleError("something follows its value");
  return plain(stack.pop());
}

/** What makes objects and refers to other places, by the letters and numbers of Python's Lib/pickletools.py. */
const OF_OBJECTS = new Set([0x62, 0x69, 0x6f, 0x92, 0x82, 0x83, 0x84, 0x50, 0x51, 0x97, 0x98]);

function whyRefused(code: number): string {
  return OF_OBJECTS.has(code) ? "it holds an object of a class, which is no plain data, and no code is run to read one" : "it is damaged, or no pickle";
}

function plain(value: unknown): unknown {
  try {
    return new Plain().of(value);
  } catch (error) {
    throw isError(error) && error.name === "RangeError" ? new PickleError("it is nested too deeply", { cause: error }) : error;
  }
}

/** Turns dictionaries into objects. What a value holds twice, or holds within itself, stays one. */
class Plain {
  readonly #done = new Map<unknown, unknown>();

  of(value: unknown): unknown {
    if (value instanceof PythonName) throw new PickleError(`it holds the name ${value.name}, which is no plain data`);
    if (typeof value !== "object" || value === null || isBytes(value)) return value;
    return this.#done.get(value) ?? this.#copy(value);
  }

  #copy(value: object): unknown {
    if (Array.isArray(value)) return this.#list(value, this.#known(value, []));
    if (types.isSet(value)) return this.#set(value, this.#known(value, new Set()));
    if (!types.isMap(value)) throw new PickleError("it is damaged");
    const isObject = [...value.keys()].every((key) => typeof key === "string");
    return isObject ? this.#object(value, this.#known(value, {})) : this.#map(value, this.#known(value, new Map()));
  }

  /** Before it is filled, because it may be within itself. */
  #known<T>(value: object, copy: T): T {
    this.#done.set(value, copy);
    return copy;
  }

  #list(value: readonly unknown[], copy: unknown[]): unknown[] {
    for (const item of value) copy.push(this.of(item));
    return copy;
  }

  #set(value: ReadonlySet<unknown>, copy: Set<unknown>): Set<unknown> {
    for (const item of value) copy.add(this.of(item));
    return copy;
  }

  #map(value: ReadonlyMap<unknown, unknown>, copy: Map<unknown, unknown>): Map<unknown, unknown> {
    for (const [key, item] of value) copy.set(this.of(key), this.of(item));
    return copy;
  }

  /** Defined, not assigned: a key may be `__proto__`. */
  #object(value: ReadonlyMap<unknown, unknown>, copy: object): object {
    for (const [key, item] of value) Object.defineProperty(copy, String(key), { value: this.of(item), enumerable: true, configurable: true, writable: true });
    return copy;
  }
}
