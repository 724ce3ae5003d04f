import { isBytes } from "@lastgood/core/adapter";
import type { Pattern } from "../arguments/values.ts";
import { RefusedOutput } from "../sources/load-failure.ts";

/** What an answer must look like to be stored and printed. */
export interface Expectations {
  readonly allowEmpty: boolean;
  readonly json: boolean;
  readonly match: Pattern | undefined;
}

/** Throws a `RefusedOutput` for an answer that cannot be good. A broken source often reports success. */
export function checkOutput(output: Uint8Array, expected: Expectations): void {
  const why = whyRefused(output, expected);
  if (why !== undefined) throw new RefusedOutput(why);
}

/** Why the answer is refused; `undefined` if it is accepted. */
function whyRefused(output: Uint8Array, { allowEmpty, json, match }: Expectations): string | undefined {
  if (!isBytes(output)) return "it is not bytes: a program has stored a value of its own under this key";
  if (output.byteLength === 0) return allowEmpty ? undefined : "it is empty (--allow-empty accepts that)";
  if (json && !isJson(output)) return "it is not JSON (--json)";
  if (match !== undefined && !match.test(new TextDecoder().decode(output))) return "it does not match --match";
  return undefined;
}

/** JSON is UTF-8 (RFC 8259, section 8.1). Other bytes would be read as different text. */
function isJson(output: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(output));
    return true;
  } catch {
    return false;
  }
}
