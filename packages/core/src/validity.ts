import type { Awaitable } from "./adapter.ts";
import { DatastoreError } from "./errors.ts";
import { isPromiseLike } from "./promises.ts";

/** The part of a Standard Schema (standardschema.dev) that lastgood uses. The value is checked, not transformed. */
export interface StandardSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Awaitable<StandardResult>;
  };
}

export type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** A function that throws, or returns `false` or a promise of it, for a value that is not valid; or any Standard Schema. */
export type Validate<T> = ((value: T) => Awaitable<boolean | void>) | StandardSchema;

/** The error that says why the value is not valid; `undefined` if it is. Never throws. */
export function invalidity<T>(validate: Validate<T> | undefined, key: string, value: T): Awaitable<unknown> {
  if (validate === undefined) return undefined;
  try {
    return typeof validate === "function" ? askFunction(validate, key, value) : askSchema(validate, key, value);
  } catch (error) {
    return orSome(error);
  }
}

function askFunction<T>(validate: (value: T) => Awaitable<boolean | void>, key: string, value: T): Awaitable<unknown> {
  // A check that only throws returns undefined for what is good.
  const judge = (passed: boolean | void): unknown =>
    passed === undefined || passed ? undefined : invalid(key, "validate refused it");
  const verdict = validate(value);
  return isPromiseLike(verdict) ? verdict.then(judge, orSome) : judge(verdict);
}

function askSchema(schema: StandardSchema, key: string, value: unknown): Awaitable<unknown> {
  const judge = ({ issues }: StandardResult): unknown =>
    issues === undefined ? undefined : invalid(key, issues[0]?.message ?? "its schema refused it");
  const result = schema["~standard"].validate(value);
  return isPromiseLike(result) ? result.then(judge).then(undefined, orSome) : judge(result);
}

function invalid(key: string, why: string): DatastoreError {
  return new DatastoreError("INVALID_VALUE", `the value for ${JSON.stringify(key)} is not valid: ${why}`, { key });
}

/** A validator that throws `undefined` has refused all the same. */
function orSome(error: unknown): unknown {
  return error ?? new Error("validate threw nothing");
}
