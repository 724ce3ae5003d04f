import { type HeaderList, valueOf, without } from "../wire/headers.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

// Of another origin's business they are none: what fetch drops as well.
const CREDENTIALS = new Set(["authorization", "cookie", "host", "proxy-authorization"]);

/** Where an answer sends the client; `undefined` if it sends him nowhere. Throws for a place that no request can go to. */
export function redirectTarget(status: number, headers: HeaderList, from: URL): URL | undefined {
  const location = REDIRECTS.has(status) ? valueOf(headers, "location") : undefined;
  if (location === undefined) return undefined;
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new Error(`it redirects to ${url?.protocol ?? "what is no URL"}`);
  url.username = "";
  url.password = "";
  url.hash = "";
  return url;
}

/** The headers of a request that is sent on: credentials are not carried to another origin. */
export function headersFor(to: URL, from: URL, headers: HeaderList): HeaderList {
  return to.origin === from.origin ? headers : without(headers, CREDENTIALS);
}
