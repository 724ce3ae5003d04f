import { messageOf } from "../../base/foreign.ts";
import { NOT_SHOWN } from "./url-refusal.ts";

/** An adapter's error may contain the URL in its message or its properties. Such an error is replaced by one with only a redacted message. */
export function withoutSecrets<T>(variable: string, text: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const Kind = typeof error === "object" && error !== null && "name" in error && error.name === "RangeError" ? RangeError : TypeError;
    throw new Kind(`${variable}: ${redacted(messageOf(error), text)}`);
  }
}

/** The message without texts after `got`, and without all parts of the URL that may be secret. */
function redacted(message: string, url: string): string {
  if (message.endsWith(NOT_SHOWN)) return message;
  const withoutGot = message.replace(/; got ".*$/s, NOT_SHOWN);
  return secretsOf(url).reduce((left, secret) => left.replaceAll(secret, "…"), withoutGot);
}

/** The URL, everything before its last @, and the parts of that. */
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
