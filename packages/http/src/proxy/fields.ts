import type { HeaderList } from "../wire/headers.ts";

/** How this proxy names itself. */
export const NAME = "lastgood";

/** Of a body that has been decoded. */
export const OF_THE_ENCODED: ReadonlySet<string> = new Set(["content-encoding", "content-length"]);

const NONE: ReadonlySet<string> = new Set();

/** The fields of an answer as `node:http` takes them, names and values in turn: with this proxy among those that it has passed. */
export function rawFields(headers: HeaderList, leftOut: ReadonlySet<string> = NONE): string[] {
  const raw: string[] = [];
  let via: string | undefined;
  for (const [name, value] of headers) {
    if (name === "via") via = joined(via, value);
    else if (!leftOut.has(name)) raw.push(name, value);
  }
  raw.push("via", joined(via, `1.1 ${NAME}`));
  return raw;
}

/** A list with one more member. */
export function joined(before: string | undefined, own: string): string {
  return before === undefined ? own : `${before}, ${own}`;
}
