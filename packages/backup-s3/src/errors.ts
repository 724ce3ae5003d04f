import { codeOf, messageOf } from "@lastgood/core/adapter";

const ADVICE: Readonly<Record<string, string>> = {
  AccessDenied: "the credentials need ListBucket, GetObject, PutObject and DeleteObject here",
  InvalidObjectState: "it has been moved to an archive; keep lifecycle rules that do so off this prefix",
  NoSuchBucket: "create the bucket: s3Backup does not",
};

/** What S3 says to a request for a bucket of another region. */
const OTHER_REGION = new Set(["PermanentRedirect", "AuthorizationHeaderMalformed", "301"]);

/** An error that says what failed, where and why. The SDK's own messages name neither the operation nor the object. */
export function explained(operation: string, where: string, cause: unknown): Error {
  const advice = OTHER_REGION.has(nameOf(cause)) ? regionAdvice(cause) : ADVICE[nameOf(cause)];
  const reason = [nameOf(cause), statusText(cause), firstLine(cause)].filter((part) => part !== "").join(", ");
  return new Error(`${operation} of ${where}: ${reason}${advice === undefined ? "" : ` (${advice})`}`, { cause });
}

/** The region of the bucket is in a header or in the body of the answer. */
function regionAdvice(cause: unknown): string {
  const region = regionOf(cause);
  return region === undefined ? "the bucket is in another region than the client" : `the bucket is in the region ${region}, and the client in another`;
}

function regionOf(cause: unknown): string | undefined {
  const response: unknown = isObject(cause) && "$response" in cause ? cause.$response : undefined;
  const headers: unknown = isObject(response) && "headers" in response ? response.headers : undefined;
  const named: unknown = isObject(headers) ? Reflect.get(headers, "x-amz-bucket-region") : undefined;
  const region = named ?? (isObject(cause) ? Reflect.get(cause, "Region") : undefined);
  return typeof region === "string" && /^[\w-]{1,40}$/.test(region) ? region : undefined;
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
