const given = new Set<string>();

/** Warns on standard error, once per process and code, of something that is no error but probably a mistake. */
export function warnOnce(code: string, message: string): void {
  if (given.has(code)) return;
  given.add(code);
  warn(code, message);
}

/** Warns at every call. The caller limits how often. */
export function warn(code: string, message: string): void {
  process.emitWarning(message, { type: "LastgoodWarning", code });
}
