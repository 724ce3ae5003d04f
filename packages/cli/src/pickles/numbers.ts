import { PickleError } from "./pickle-error.ts";

/** A whole number: a bigint if a number cannot hold it. */
function whole(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A whole number in decimal, with an L behind it if it is a `long` of Python 2. */
export function wholeIn(line: Uint8Array): number | bigint {
  const text = Buffer.from(line).toString("latin1").trim();
  if (!/^[+-]?\d+L?$/.test(text)) throw new PickleError(`it has a number that is none: ${text.slice(0, 20)}`);
  return whole(BigInt(text.replace(/^\+|L$/g, "")));
}

/** `01` and `00` are `True` and `False` of the first protocols. */
export function wholeOrBoolean(line: Uint8Array): number | bigint | boolean {
  const text = Buffer.from(line).toString("latin1");
  return text === "01" || text === "00" ? text === "01" : wholeIn(line);
}

/** A whole number of any size, in two's complement, its lowest byte first. */
export function wholeOf(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  const hex = Buffer.from(bytes.toReversed()).toString("hex");
  return whole(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)));
}

const WORDS: Readonly<Record<string, number>> = { inf: Infinity, "-inf": -Infinity, nan: Number.NaN };

export function floatIn(line: Uint8Array): number {
  const text = Buffer.from(line).toString("latin1").trim();
  const value = WORDS[text] ?? (text === "" ? Number.NaN : Number(text));
  if (Number.isNaN(value) && text !== "nan") throw new PickleError(`it has a number that is none: ${text.slice(0, 20)}`);
  return value;
}
