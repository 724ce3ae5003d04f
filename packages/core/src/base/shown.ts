const LONGEST = 40;

/**
 * A value as an error message shows it after `got`: short, on one line, and without the credentials of a URL.
 * For an object or a function it shows only the kind, so that it calls none of their code and reveals no content.
 */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return shownText(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? "an array" : "an object";
    default:
      return String(value);
  }
}

/** The message for a wrong option or argument: `get: ttl must be …; got "soon"`. `name` contains the function and the option. */
export function mustBe(name: string, expected: string, got: unknown): string {
  return `${name} must be ${expected}; got ${shown(got)}`;
}

function shownText(text: string): string {
  const safe = text.replace(/\/\/.*@/s, "//…@");
  return JSON.stringify(safe.length > LONGEST ? `${safe.slice(0, LONGEST)}…` : safe);
}
