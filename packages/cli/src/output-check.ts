import { EXIT, LoadFailure } from "./load-failure.ts";

/** What an answer must be like to be kept and shown. */
export interface Expectations {
  readonly allowEmpty: boolean;
  readonly json: boolean;
  readonly match: RegExp | undefined;
}

/** Throws a `LoadFailure` for an answer that only looks like one: a source that is broken often says so with a success. */
export function checkOutput(output: Uint8Array, { allowEmpty, json, match }: Expectations): void {
  if (output.byteLength === 0) {
    if (allowEmpty) return;
    throw refused("it is empty (--allow-empty accepts that)");
  }
  if (!json && match === undefined) return;
  const text = new TextDecoder().decode(output);
  if (json && !isJson(text)) throw refused("it is not JSON (--json)");
  if (match !== undefined && !match.test(text)) throw refused(`it does not match ${match.source} (--match)`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refused(why: string): LoadFailure {
  return new LoadFailure(`output was refused: ${why}`, EXIT.refused);
}
