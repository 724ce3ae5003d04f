const given = new Set<string>();

/** A warning on standard error, once per process and code, for what is no error and yet surely not meant. */
export function warnOnce(code: string, message: string): void {
  if (given.has(code)) return;
  given.add(code);
  process.emitWarning(message, { type: "LastgoodWarning", code });
}
