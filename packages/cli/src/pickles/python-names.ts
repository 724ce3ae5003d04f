import { isBytes } from "@lastgood/core/adapter";
import { PickleError } from "./pickle-error.ts";

/** A name of Python that makes plain data. */
export class PythonName {
  readonly name: string;
  readonly make: (args: readonly unknown[]) => unknown;

  constructor(name: string, make: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.make = make;
  }
}

/**
 * What the older protocols write for plain data: each is done here, and nothing of Python is called. All other names are refused, whatever
 * they name.
 */
const MAKERS: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  "builtins.set": ([items = []]) => new Set(listOf(items)),
  "builtins.frozenset": ([items = []]) => new Set(listOf(items)),
  "builtins.list": ([items = []]) => [...listOf(items)],
  "builtins.bytearray": ([bytes = new Uint8Array(), encoding]) => (typeof bytes === "string" ? latin1([bytes, encoding]) : bytesOf(bytes)),
  "builtins.bytes": ([bytes = new Uint8Array()]) => bytesOf(bytes),
  "_codecs.encode": latin1,
  "collections.OrderedDict": ([pairs = []]) => new Map(listOf(pairs).map(pairOf)),
};

/** @throws PickleError for every name that is not one of plain data. */
export function pythonName(module: unknown, name: unknown): PythonName {
  const full = `${shown(module).replace(/^__builtin__$/, "builtins")}.${shown(name)}`;
  const make = Object.hasOwn(MAKERS, full) ? MAKERS[full] : undefined;
  if (make === undefined) throw new PickleError(`it holds a ${full}, which is no plain data, and no code is run to read one`);
  return new PythonName(full, make);
}

function shown(name: unknown): string {
  if (typeof name !== "string") throw new PickleError("it names something by what is no name");
  return name;
}

function listOf(items: unknown): readonly unknown[] {
  if (!Array.isArray(items)) throw new PickleError("it makes a collection of what is no list");
  return items;
}

function pairOf(pair: unknown): [unknown, unknown] {
  const [key, value] = listOf(pair);
  return [key, value];
}

function bytesOf(bytes: unknown): Uint8Array {
  if (!isBytes(bytes)) throw new PickleError("it makes bytes of what are none");
  return new Uint8Array(bytes);
}

/** Bytes, as the first protocols write those of Python 3: as text of one character each. */
function latin1([text, encoding]: readonly unknown[]): Uint8Array {
  if (typeof text !== "string" || !/^(?:latin-?1|iso-8859-1)$/i.test(String(encoding))) throw new PickleError("it makes bytes of a text in another way than Python does");
  return new Uint8Array(Buffer.from(text, "latin1"));
}
