import type { Answer } from "../wire/answer.ts";
import { HttpError, shownUrl } from "../wire/http-error.ts";
import { responseOf } from "../fetch/response.ts";
import type { HttpLoaderOptions, SchemaOf } from "./options.ts";

/** What the loader makes of an answer. Rejects with what `parse` throws, or with `HttpError` for what is refused. */
export async function valueOf<T>(answer: Answer, { parse, validate }: Pick<HttpLoaderOptions<T>, "parse" | "validate">): Promise<T> {
  const value = await parsed(answer, parse);
  const why = await whyInvalid(value, validate);
  if (why !== undefined) throw refused(answer, why);
  return value;
}

async function parsed<T>(answer: Answer, parse: HttpLoaderOptions<T>["parse"]): Promise<T> {
  if (parse === undefined) return answer.body as T; // without parse, T is Uint8Array: httpLoader's overloads say so
  if (!isSchema(parse)) return await parse(responseOf(answer));
  const result = await parse["~standard"].validate(await responseOf(answer).json());
  if (result.issues !== undefined) throw refused(answer, result.issues[0]?.message ?? "its schema refused it");
  return result.value;
}

/** Why the value is not to be used; `undefined` if it is. */
export async function whyInvalid<T>(value: T, validate: HttpLoaderOptions<T>["validate"]): Promise<string | undefined> {
  if (validate === undefined) return undefined;
  if (!isSchema(validate)) return (await validate(value)) === false ? "validate refused it" : undefined;
  const { issues } = await validate["~standard"].validate(value);
  return issues && (issues[0]?.message ?? "its schema refused it");
}

/** A schema may be a function as well. */
function isSchema<T>(judge: object): judge is SchemaOf<T> {
  return "~standard" in judge;
}

function refused({ url }: Answer, why: string): HttpError {
  const shown = shownUrl(new URL(url));
  return new HttpError(shown, `the answer of ${shown} is not valid: ${why}`);
}
