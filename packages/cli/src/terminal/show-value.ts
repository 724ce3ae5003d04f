import { isUtf8 } from "node:buffer";
import { inspect } from "node:util";
import { isBytes } from "@lastgood/core/adapter";

/** Bytes of a value that is no text, as far as a person can do with them. */
const MOST_HEX = 256;

/** A value for people: text as it is, JSON and values of programs with indentation, other bytes as a dump. */
export function showValue(value: unknown): string {
  if (!isBytes(value)) return inspect(value, { depth: Infinity, maxArrayLength: 1_000, breakLength: 80 });
  if (!isUtf8(value)) return dump(value);
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  return harmless(prettyJson(text) ?? text);
}

function prettyJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}

/** Shows control characters by name, but for line breaks and tabs: a value must not drive the terminal. */
function harmless(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}

/** As `hexdump -C` has it. */
function dump(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, MOST_HEX);
  const lines = Array.from({ length: Math.ceil(shown.length / 16) }, (_, index) => dumpLine(shown.subarray(index * 16, index * 16 + 16), index * 16));
  const rest = bytes.length - shown.length;
  return lines.join("\n") + (rest > 0 ? `\n… ${rest} bytes more` : "");
}

function dumpLine(bytes: Uint8Array, offset: number): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
  return `${offset.toString(16).padStart(8, "0")}  ${hex.padEnd(47)}  |${text}|`;
}

/** A value in JSON: text, bytes in base64, the value itself where JSON holds it, else as JavaScript would write it. */
export function valueAsJson(value: unknown): object {
  if (isBytes(value)) return isUtf8(value) ? { text: Buffer.from(value).toString() } : { base64: Buffer.from(value).toString("base64") };
  return holdsInJson(value) ? { json: value } : { javascript: inspect(value, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity }) };
}

/** JSON drops some values without a word, and calls methods of others. */
function holdsInJson(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object") return false;
  if (Array.isArray(value)) return value.every(holdsInJson);
  return Object.getPrototypeOf(value) === Object.prototype && !("toJSON" in value) && Object.values(value).every(holdsInJson);
}
