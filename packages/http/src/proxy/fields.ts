import { type HeaderList, valueOf, without } from "../wire/headers.ts";

/** How this proxy names itself. */
export const NAME = "lastgood";

/** Its member in the `Via` of what it answers. */
export const VIA: string = `1.1 ${NAME}`;

/** Of a body that has been decoded. */
export const OF_THE_ENCODED: ReadonlySet<string> = new Set(["content-encoding", "content-length"]);

const NAMES = new Set(["via"]);

/** The fields of an answer, with this proxy among those that it has passed. */
export function withVia(headers: HeaderList): HeaderList {
  return [...without(headers, NAMES), ["via", joined(valueOf(headers, "via"), VIA)]];
}

/** A list with one more member. */
export function joined(before: string | undefined, own: string): string {
  return before === undefined ? own : `${before}, ${own}`;
}
