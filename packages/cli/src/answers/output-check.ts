import { RefusedOutput } from "../sources/load-failure.ts";

/** What an answer must be like to be kept and shown. */
export interface Expectations {
  readonly allowEmpty: boolean;
  readonly json: boolean;
  readonly match: RegExp | undefined;
}

/** Throws a `RefusedOutput` for an answer that only looks like one: a source that is broken often says so with a success. */
export function checkOutput(output: Uint8Array, expected: Expectations): void {
  const why = whyRefused(output, expected);
  if (why !== undefined) throw new RefusedOutput(why);
}

export function whyRefused(output: Uint8Array, { allowEmpty, json, match }: Expectations): string | undefined {
  if (!(output instanceof Uint8Array)) return "it is not bytes: a program keeps something of its own under this key";
  if (output.byteLength === 0) return allowEmpty ? undefined : "it is empty (--allow-empty accepts that)";
  if (!json && match === undefined) return undefined;
  const text = new TextDecoder().decode(output);
  if (json && !isJson(text)) return "it is not JSON (--json)";
  if (match !== undefined && !match.test(text)) return "it does not match --match";
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
