import { codeOf, messageOf } from "@lastgood/core/adapter";

const ADVICE: Readonly<Record<string, string>> = {
  AccessDenied: "the credentials need ListBucket, GetObject, PutObject and DeleteObject here",
  InvalidObjectState: "it has been moved to an archive; keep lifecycle rules that do so off this prefix",
  NoSuchBucket: "create the bucket: s3Backup does not",
  PermanentRedirect: "the bucket is in another region than the client",
};

/** An error that says what failed, where and why. The SDK's own messages name neither the operation nor the object. */
export function explained(operation: string, where: string, cause: unknown): Error {
  const advice = ADVICE[nameOf(cause)];
  const reason = [nameOf(cause), statusText(cause), firstLine(cause)].filter((part) => part !== "").join(", ");
  return new Error(`${operation} of ${where}: ${reason}${advice === undefined ? "" : ` (${advice})`}`, { cause });
}

/** The name of the error in S3, such as `NoSuchKey`, or in Node, such as `ECONNREFUSED`. */
export function nameOf(error: unknown): string {
  const code = codeOf(error);
  if (typeof code === "string") return code;
  const name = isObject(error) && "name" in error ? error.name : undefined;
  return typeof name === "string" && name !== "Error" ? name : "";
}

/** The HTTP status of the answer, if there was one. */
export function statusOf(error: unknown): number | undefined {
  if (!(isObject(error) && "$metadata" in error && isObject(error.$metadata))) return undefined;
  // In the SDK, this property always has the type `ResponseMetadata`.
  return (error.$metadata as { readonly httpStatusCode?: number | undefined }).httpStatusCode;
}

function statusText(error: unknown): string {
  const status = statusOf(error);
  return status === undefined ? "" : `status ${status}`;
}

/** Later lines are advice to look at hidden fields, or a page of HTML. */
function firstLine(error: unknown): string {
  return (messageOf(error).split("\n", 1)[0] ?? "").slice(0, 200);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
