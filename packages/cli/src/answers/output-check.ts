import type { Pattern } from "../arguments/values.ts";
import { RefusedOutput } from "../sources/load-failure.ts";

/** What an answer must be like to be kept and shown. */
export interface Expectations {
  readonly allowEmpty: boolean;
  readonly json: boolean;
  readonly match: Pattern | undefined;
}

/** Throws a `RefusedOutput` for an answer that cannot be a good one: a broken source often reports success. */
export function checkOutput(output: Uint8Array, expected: Expectations): void {
  const why = whyRefused(output, expected);
  if (why !== undefined) throw new RefusedOutput(why);
}

/** `undefined` for an answer that is accepted. */
export function whyRefused(output: Uint8Array, { allowEmpty, json, match }: Expectations): string | undefined {
  if (!(output instanceof Uint8Array)) return "it is not bytes: a program keeps something of its own under this key";
  if (output.byteLength === 0) return allowEmpty ? undefined : "it is empty (--allow-empty accepts that)";
  if (json && !isJson(output)) return "it is not JSON (--json)";
  if (match !== undefined && !match.test(new TextDecoder().decode(output))) return "it does not match --match";
  return undefined;
}

/** JSON is UTF-8 (RFC 8259, section 8.1): bytes that are not would be read as other text than was meant. */
function isJson(output: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(output));
    return true;
  } catch {
    return false;
  }
}
