import { createHash } from "node:crypto";
import { type HeaderList, selecting, valueOf } from "../wire/headers.ts";
import type { Settings } from "./settings.ts";

/** A request for a representation, as a cache sees it. */
export interface Asked {
  readonly method: "GET" | "HEAD";
  readonly url: URL;
  readonly headers: HeaderList;
}

/**
 * The key of an answer: the URL, and a hash of all else that selects it. `vary`: the names of the headers that answers of
 * this URL depend on. A hash, because headers have secrets in them.
 */
export function keyOf({ method, url, headers }: Asked, vary: readonly string[], { identity }: Pick<Settings, "identity">): string {
  const who = identity === undefined ? credentialsIn(headers) : identity({ url: url.href, headers: new Headers(headers.map(([name, value]) => [name, value])) });
  if (vary.length === 0 && who === undefined) return `${method} ${url.href}`;
  const selection = [who ?? null, ...vary.map((name) => [name, selecting(headers, name)])];
  return `${method} ${url.href} ${createHash("sha256").update(JSON.stringify(selection)).digest("base64url")}`;
}

function credentialsIn(headers: HeaderList): string | undefined {
  if (headers.length === 0) return undefined;
  const credentials = [valueOf(headers, "authorization"), valueOf(headers, "cookie")];
  return credentials.some((value) => value !== undefined) ? JSON.stringify(credentials) : undefined;
}
