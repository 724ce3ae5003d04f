import { net } from "../../base/builtins.ts";
import { urlRefusal } from "./url-refusal.ts";

/** The parts of a URL of one server or several: `redis://user:password@a:6379,b:6379/0`. */
export interface ServerUrl {
  /** Without the colon: `"redis"`. */
  readonly scheme: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** At least one. An IPv6 address has no brackets here. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** The path, unchanged: empty, or beginning with `/`. */
  readonly path: string;
}

/** How a factory reads its URLs. */
export interface ServerUrlRules {
  /** The name of the function that the user called. */
  readonly factory: string;
  readonly schemes: readonly string[];
  /** The port if the URL has none. */
  readonly defaultPort: number;
}

/**
 * Parses the URL of one server or several. Every part is used or refused, so that a wrong URL fails at start-up and not in the
 * middle of the night. A query and a fragment are refused too: `fromEnv` has removed the query before.
 *
 * @throws RangeError that names the factory and the part. It has no cause and shows nothing of the URL, which may contain a
 *   password.
 * @example
 * ```ts
 * import { parseServerUrl } from "@lastgood/core/adapter";
 *
 * const { servers } = parseServerUrl("example://a,b:7000", { factory: "exampleCache", schemes: ["example"], defaultPort: 9000 });
 * // [{ host: "a", port: 9000 }, { host: "b", port: 7000 }]
 * ```
 */
export function parseServerUrl(url: string, { factory, schemes, defaultPort }: ServerUrlRules): ServerUrl {
  const refuse: Refuse = (part, wanted) => urlRefusal(factory, part, wanted);
  const [, scheme = "", authority, path = "", query, fragment] = SHAPE.exec(url) ?? [];
  const expected = schemes.map((known) => `${known}://`).join(" or ");
  if (authority === undefined || !schemes.includes(scheme.toLowerCase())) throw refuse("scheme", expected);
  if (/[\s\p{Cc}]/u.test(url)) throw refuse("text", "without spaces and control characters");
  // In a password, one of these characters ends the authority early, so the rest of the password would be read as a path.
  if (`${path}${query}${fragment}`.includes("@")) throw refuse("password", "percent-encoded: / is %2F, ? is %3F, # is %23, @ is %40");
  if (query !== undefined) throw refuse("query", "left out: options are an argument of their own");
  if (fragment !== undefined) throw refuse("fragment", "left out: a # that is meant is written %23");
  const at = authority.lastIndexOf("@");
  return {
    scheme: scheme.toLowerCase(),
    ...credentialsFrom(at === -1 ? undefined : authority.slice(0, at), refuse),
    servers: authority.slice(at + 1).split(",").map((server) => serverFrom(server, defaultPort, refuse)),
    path,
  };
}

const SHAPE = /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is;

type Refuse = (part: string, expected: string) => RangeError;

function credentialsFrom(text: string | undefined, refuse: Refuse): Pick<ServerUrl, "username" | "password"> {
  if (text === undefined) return { username: undefined, password: undefined };
  const colon = text.indexOf(":");
  const username = decoded(colon === -1 ? text : text.slice(0, colon), "user name", refuse);
  const password = colon === -1 ? undefined : decoded(text.slice(colon + 1), "password", refuse);
  // Usually the cause is a variable that was not set.
  if (password === "") throw refuse("password", "not empty: leave the : out where there is none");
  if (username === "" && password === undefined) throw refuse("user name", "not empty: leave the @ out where there is none");
  return { username: username === "" ? undefined : username, password };
}

function serverFrom(server: string, defaultPort: number, refuse: Refuse): { host: string; port: number } {
  const [, ipv6, name, port] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(server) ?? [];
  if (port !== undefined && !isPort(port)) throw refuse("port", "a whole number from 1 to 65535, or left out with its colon");
  if (ipv6 !== undefined) return { host: ipv6From(ipv6, refuse), port: Number(port ?? defaultPort) };
  if (name === undefined || !isHostName(name)) throw refuse("host", 'a name such as "cache-1" or an address such as "[::1]", with a comma between two');
  return { host: name, port: Number(port ?? defaultPort) };
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

function ipv6From(text: string, refuse: Refuse): string {
  const address = decoded(text, "host", refuse);
  if (net().isIPv6(address)) return address;
  throw refuse("host", 'an address of IPv6 between its brackets, such as "[::1]"');
}

function isHostName(name: string): boolean {
  if (/^[\d.]*$/.test(name)) return net().isIPv4(name);
  return name.length <= 253 && /^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*\.?$/u.test(name);
}

function decoded(text: string, part: string, refuse: Refuse): string {
  const value = tryDecode(text);
  if (value === undefined) throw refuse(part, "percent-encoded: a % that is meant is written %25");
  if (/\p{Cc}/u.test(value)) throw refuse(part, "without control characters");
  return value;
}

function tryDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
