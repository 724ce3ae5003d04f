/** Header fields in the order in which they came, their names in lower case. A name may come more than once. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Of one connection, and never of an answer (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const COOKIES = new Set(["set-cookie", "set-cookie2"]);

/** Names and values in turn, as undici hands them out. */
export function fromRaw(raw: readonly string[]): HeaderList {
  const list: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) list.push([String(raw[i]).toLowerCase(), String(raw[i + 1])]);
  return list;
}

/** The value of a field; of one that came more than once, all of them, with commas between. */
export function valueOf(list: HeaderList, name: string): string | undefined {
  let all: string | undefined;
  for (const [own, value] of list) if (own === name) all = all === undefined ? value : `${all}, ${value}`;
  return all;
}

/** The value as far as it selects among answers: space around commas says nothing (RFC 9111, section 4.1). */
export function selecting(list: HeaderList, name: string): string | null {
  return valueOf(list, name)?.trim().replaceAll(/\s*,\s*/g, ", ") ?? null;
}

/** The fields with these names left out. */
export function without(list: HeaderList, names: ReadonlySet<string>): HeaderList {
  return list.some(([name]) => names.has(name)) ? list.filter(([name]) => !names.has(name)) : list;
}

/** What a cache may keep: nothing of the connection, and no cookie for somebody else. */
export function keepable(list: HeaderList): HeaderList {
  return without(endToEnd(list), COOKIES);
}

/** What goes out in a request: nothing of the connection that it came by. */
export function endToEnd(list: HeaderList): HeaderList {
  const named = namedIn(list, "connection");
  return without(list, named.length === 0 ? HOP_BY_HOP : new Set([...HOP_BY_HOP, ...named]));
}

/** The members of a field that is a list of names, in lower case. */
export function namedIn(list: HeaderList, name: string): string[] {
  return (valueOf(list, name) ?? "")
    .split(",")
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== "");
}

// What says how the stored bytes are to be read stays as it was when they came (RFC 9111, section 3.2).
const OF_THE_BODY = new Set(["content-length", "content-encoding", "content-type", "content-range"]);

/** Stored fields after a 304: each that it has takes the place of its namesakes, and new ones are added (RFC 9111, section 3.2). */
export function freshened(stored: HeaderList, update: HeaderList): HeaderList {
  const news = without(keepable(update), OF_THE_BODY);
  const names = new Set(news.map(([name]) => name));
  // An age is of the answer that said it: a 304 without one is as new as it looks.
  names.add("age");
  return [...without(stored, names), ...news];
}
