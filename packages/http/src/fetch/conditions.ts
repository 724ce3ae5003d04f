import { parseHttpDate } from "../rules/http-date.ts";
import type { Answer } from "../wire/answer.ts";
import { type HeaderList, valueOf, without } from "../wire/headers.ts";

const CONDITIONS = new Set(["if-none-match", "if-modified-since"]);

/** Headers without the conditions of the caller: the answer is kept whole, and the conditions are judged here. */
export function unconditional(headers: HeaderList): HeaderList {
  return without(headers, CONDITIONS);
}

/** Whether the caller has this answer already (RFC 9110, section 13.2.2). */
export function callerHas(headers: HeaderList, answer: Answer): boolean {
  if (answer.status !== 200 || !headers.some(([name]) => CONDITIONS.has(name))) return false;
  const tags = valueOf(headers, "if-none-match");
  if (tags !== undefined) return matches(tags, valueOf(answer.headers, "etag"));
  const since = parseHttpDate(valueOf(headers, "if-modified-since"), answer.responseTime);
  const modified = parseHttpDate(valueOf(answer.headers, "last-modified") ?? valueOf(answer.headers, "date"), answer.responseTime);
  return since !== undefined && modified !== undefined && modified <= since;
}

/** Weakly: whether a tag is weak does not count here. */
function matches(tags: string, own: string | undefined): boolean {
  if (tags.trim() === "*") return true;
  const opaque = (tag: string): string => tag.replace(/^W\//, "");
  return own !== undefined && (tags.match(/(?:W\/)?"[^"]*"/g) ?? []).some((tag) => opaque(tag) === opaque(own));
}

// What a 304 says of the answer that it stands for (RFC 9110, section 15.4.5).
const IN_304 = new Set(["age", "cache-control", "cache-status", "content-location", "date", "etag", "expires", "last-modified", "vary"]);

export function notModified(answer: Answer, headers: HeaderList): Answer {
  return { ...answer, status: 304, statusText: "Not Modified", headers: headers.filter(([name]) => IN_304.has(name)), body: new Uint8Array() };
}
