const given = new Set<string>();

/** A warning on standard error, once per process and code, for what is no error and yet surely not meant. */
export function warnOnce(code: string, message: string): void {
  if (given.has(code)) return;
  given.add(code);
  warn(code, message);
}

/** The same each time: whoever calls sees to it that nobody is flooded. */
export function warn(code: string, message: string): void {
  process.emitWarning(message, { type: "LastgoodWarning", code });
}
