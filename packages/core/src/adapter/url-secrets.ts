import { messageOf } from "../base/foreign.ts";
import { NOT_SHOWN } from "./url-refusal.ts";

/** The errors of an adapter, or of what it calls, may have the URL in their text, or hung on them: of those, the text alone is kept. */
export function withoutSecrets<T>(variable: string, text: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const Kind = typeof error === "object" && error !== null && "name" in error && error.name === "RangeError" ? RangeError : TypeError;
    throw new Kind(`${variable}: ${redacted(messageOf(error), text)}`);
  }
}

/** The message, with what it shows of the URL left out: texts after `got`, and whatever is a part of the URL that may be secret. */
function redacted(message: string, url: string): string {
  if (message.endsWith(NOT_SHOWN)) return message;
  const withoutGot = message.replace(/; got ".*$/s, NOT_SHOWN);
  return secretsOf(url).reduce((left, secret) => left.replaceAll(secret, "…"), withoutGot);
}

/** The URL, all before its last @, and the parts of that. */
function secretsOf(url: string): string[] {
  const [, before = ""] = /^[^:]*:(?:\/\/)?(.*)@/s.exec(url) ?? [];
  const written = [url, before, ...before.split(/[:/?#@]/)];
  return [...written, ...written.map(decoded)].filter((part) => part.length > 2).toSorted((one, other) => other.length - one.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
