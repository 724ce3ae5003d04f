import { messageOf } from "../base/foreign.ts";

/** An error without its stack, as another process or a page may see it. */
export interface ToldError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly cause?: ToldError;
  /** The first errors of an error that stands for several. */
  readonly errors?: readonly ToldError[];
}

// The record of an outage must stay small, however long the source's messages are.
const LONGEST = 1_000;
const DEEPEST = 5;
const MOST = 3;

/** Describes whatever was thrown, in bounded size. Never throws. */
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

/** A getter may throw, and a proxy may throw for every property. */
function propertyOf(thrown: unknown, property: string): unknown {
  try {
    return typeof thrown === "object" && thrown !== null ? Reflect.get(thrown, property) : undefined;
  } catch {
    return undefined;
  }
}

/** A copy whose JSON includes its `error` in full. The JSON of an Error would be `{}`. */
export function withErrorAsJson<T extends object>(report: T): T {
  const { error }: { readonly error?: unknown } = report;
  if (error === undefined) return report;
  const toJSON = (): object => ({ ...report, error: toldError(error) });
  return Object.defineProperty({ ...report }, "toJSON", { value: toJSON });
}
