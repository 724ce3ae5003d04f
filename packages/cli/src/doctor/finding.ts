/** What `doctor` has found out. */
export interface Finding {
  readonly status: "ok" | "warning" | "problem";
  /** What it is about: `clock`, or a store. */
  readonly about: string;
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

export function ok(about: string, message: string): Finding {
  return { status: "ok", about, message };
}

export function warning(about: string, message: string, advice: string): Finding {
  return { status: "warning", about, message, advice };
}

export function problem(about: string, message: string, advice: string): Finding {
  return { status: "problem", about, message, advice };
}
