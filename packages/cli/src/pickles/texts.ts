import { PickleError } from "./pickle-error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A string of Python 3, or a `unicode` of Python 2. */
export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new PickleError("it has a string with half a surrogate pair, which no file can hold");
  }
}

/** A `str` of Python 2 is text or bytes, and does not say which: what is UTF-8 is text. */
export function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return utf8.decode(bytes);
  } catch {
    return new Uint8Array(bytes);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b", f: "\f", v: "\v", "\\": "\\", "'": "'", '"': '"' };

/** A `str` as Python 2 shows it: in quotes, with escapes. */
export function quotedBytes(line: Uint8Array): Uint8Array {
  const text = Buffer.from(line).toString("latin1");
  const [, , inner] = /^(['"])(.*)\1$/s.exec(text) ?? [];
  if (inner === undefined) throw new PickleError("it has a string without quotes");
  const plain = inner.replaceAll(/\\(?:x([\da-f]{2})|(.))/gis, (_, code: string | undefined, letter: string = "") => (code === undefined ? (ESCAPES[letter] ?? `\\${letter}`) : String.fromCharCode(Number.parseInt(code, 16))));
  return Buffer.from(plain, "latin1");
}

/** A `unicode` in a line: Latin-1, with other characters as `\uXXXX` or `\UXXXXXXXX`. */
export function escapedText(line: Uint8Array): string {
  const text = Buffer.from(line).toString("latin1");
  return text.replaceAll(/\\u([\da-f]{4})|\\U([\da-f]{8})/g, (_, short: string | undefined, long: string) => String.fromCodePoint(Number.parseInt(short ?? long, 16)));
}
