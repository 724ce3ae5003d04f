import { messageOf } from "../base/foreign.ts";

/** An error without its stack: what another process, or a page, may be shown of it. */
export interface ToldError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly cause?: ToldError;
  /** Of an error that stands for several, the first of them. */
  readonly errors?: readonly ToldError[];
}

// A record of an outage must stay small, whatever a source puts into its messages.
const LONGEST = 1_000;
const DEEPEST = 5;
const MOST = 3;

/** Never throws, whatever was thrown. Cut to a bounded size. */
export function toldError(error: unknown, depth = 1): ToldError {
  const name = cut(textOf(error, "name") ?? "Error");
  const message = cut(messageOf(error));
  const code = codeOf(error);
  const told = { name, message, ...(code !== undefined && { code }) };
  if (depth === DEEPEST) return told;
  const cause = propertyOf(error, "cause");
  const errors = propertyOf(error, "errors");
  return {
    ...told,
    ...(cause !== undefined && cause !== null && { cause: toldError(cause, depth + 1) }),
    ...(Array.isArray(errors) && errors.length > 0 && { errors: errors.slice(0, MOST).map((one) => toldError(one, depth + 1)) }),
  };
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).toWellFormed()}…`;
}

function codeOf(error: unknown): string | number | undefined {
  const code = propertyOf(error, "code");
  if (typeof code === "string") return cut(code);
  return typeof code === "number" && Number.isFinite(code) ? code : undefined;
}

function textOf(error: unknown, property: string): string | undefined {
  const text = propertyOf(error, property);
  return typeof text === "string" && text !== "" ? text : undefined;
}

/** A getter may throw, and a proxy at every look. */
function propertyOf(thrown: unknown, property: string): unknown {
  try {
    return typeof thrown === "object" && thrown !== null ? Reflect.get(thrown, property) : undefined;
  } catch {
    return undefined;
  }
}

/** The same object, whose JSON says everything of its `error`, which is an Error and would be `{}`. */
export function withErrorAsJson<T extends object>(report: T): T {
  const { error }: { readonly error?: unknown } = report;
  if (error === undefined) return report;
  const toJSON = (): object => ({ ...report, error: toldError(error) });
  return Object.defineProperty({ ...report }, "toJSON", { value: toJSON });
}
