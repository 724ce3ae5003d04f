/** A `TypeError` of the form that every message of lastgood has. */
export function wrong(caller: string, option: string, expected: string, got: unknown): TypeError {
  return new TypeError(`${caller}: ${option} must be ${expected}; got ${shown(got)}`);
}

/** The options, if there is none among them but `known`: an option that is spelled wrong would be ignored in silence. */
export function withKnownOptions(caller: string, options: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof options !== "object" || options === null) throw wrong(caller, "options", "an object", options);
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown !== undefined) throw new TypeError(`${caller}: options must be among ${known.join(", ")}; got ${JSON.stringify(unknown)}`);
  return { ...options };
}

function shown(got: unknown): string {
  if (typeof got === "string") return JSON.stringify(got.slice(0, 40));
  return typeof got === "object" && got !== null ? "another object" : String(got);
}
