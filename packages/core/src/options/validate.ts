import { DatastoreError } from "../report/errors.ts";
import { type Awaitable, isPromiseLike } from "../base/async.ts";
import { withDeadline } from "../time/deadline.ts";
import type { Result } from "../entry/result.ts";

/**
 * The part of a Standard Schema (standardschema.dev) that lastgood uses, such as a schema of Zod, Valibot or ArkType. The value is checked,
 * not transformed.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Awaitable<StandardResult>;
    /** Exists for TypeScript only. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** The second argument of `validate`. */
export interface ValidateContext {
  readonly key: string;
  /** The last good result, which the value would replace. `undefined` if there is none, or if the value is the backup itself. */
  readonly lastGood: () => Promise<Result<unknown> | undefined>;
}

/** A function that throws, or returns `false` or a promise of it, for a value that is not valid; or any Standard Schema. */
export type Validate<T, S extends StandardSchema = StandardSchema> = ((value: T, context: ValidateContext) => Awaitable<boolean | void>) | S;

/**
 * The type of a value that the schema `S` has let through. lastgood does not transform, so the type that goes into the schema counts, or
 * the one that comes out if anything may go in. A schema that names no types leaves `T`, the type of the loader.
 */
export type Validated<T, S extends StandardSchema> = unknown extends TypesOf<S>["output"]
  ? T
  : unknown extends TypesOf<S>["input"]
    ? TypesOf<S>["output"]
    : TypesOf<S>["input"];

type TypesOf<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>;

/** The error that says why the value is not valid; `undefined` if it is. Never throws. */
export function validationError<T>(validate: Validate<T> | undefined, value: T, context: ValidateContext): Awaitable<unknown> {
  if (validate === undefined) return undefined;
  try {
    return isSchema(validate) ? askSchema(validate, value, context.key) : askFunction(validate, value, context);
  } catch (error) {
    return orSome(error);
  }
}

/** How long `validate` may take over a stored value. */
export interface Patience {
  /** In milliseconds. */
  readonly deadline: number;
  /** The value in the message, such as `"the backup"`. */
  readonly what: string;
  /** Called with the error if the deadline passes. */
  readonly late?: (error: DatastoreError) => void;
}

/** Like `validationError`, for a value that is stored already. A `validate` that does not answer by the deadline has refused the value. */
export function storedValueError<T>(validate: Validate<T> | undefined, value: T, key: string, { deadline, what, late }: Patience): Awaitable<unknown> {
  const judged = validationError(validate, value, { key, lastGood: async () => undefined });
  if (!isPromiseLike(judged)) return judged;
  return withDeadline(judged, deadline, () => {
    const error = new DatastoreError("INVALID_VALUE", `validate did not answer within ${deadline} ms for ${what} of ${JSON.stringify(key)}`, { key });
    late?.(error);
    return error;
  });
}

/** Checked first, because a schema may also be a function. */
function isSchema<T>(validate: Validate<T>): validate is StandardSchema {
  return "~standard" in validate;
}

function askFunction<T>(validate: Exclude<Validate<T>, StandardSchema>, value: T, context: ValidateContext): Awaitable<unknown> {
  // A function that only throws returns undefined for a valid value.
  const judge = (passed: boolean | void): unknown =>
    passed === undefined || passed ? undefined : invalid(context.key, "validate refused it");
  const verdict = validate(value, context);
  return isPromiseLike(verdict) ? Promise.resolve(verdict).then(judge, orSome) : judge(verdict);
}

function askSchema(schema: StandardSchema, value: unknown, key: string): Awaitable<unknown> {
  const judge = ({ issues }: StandardResult): unknown =>
    issues === undefined ? undefined : invalid(key, issues[0]?.message ?? "its schema refused it");
  const result = schema["~standard"].validate(value);
  return isPromiseLike(result) ? Promise.resolve(result).then(judge).then(undefined, orSome) : judge(result);
}

function invalid(key: string, why: string): DatastoreError {
  return new DatastoreError("INVALID_VALUE", `the value for ${JSON.stringify(key)} is not valid: ${why}`, { key });
}

/** A validator may throw `undefined`. */
function orSome(error: unknown): unknown {
  return error ?? new Error("validate threw nothing");
}
