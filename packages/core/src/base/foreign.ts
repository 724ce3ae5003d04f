/*
 * Errors and URLs of another realm (a `node:vm` context, a test file under Jest) have prototypes of their own, so
 * `instanceof` denies them. They are known by their properties.
 */

/** The `code` of an error, such as `"ENOENT"`; `undefined` if it has none. */
export function codeOf(error: unknown): unknown {
  return isObject(error) && "code" in error ? error.code : undefined;
}

/** The text of whatever was thrown. An object may throw even while it is made a string. */
export function messageOf(error: unknown): string {
  try {
    return String(isObject(error) && "message" in error ? error.message : error);
  } catch {
    return "something without a text was thrown";
  }
}

/** Whether `value` is an instance of `URL`, of whichever realm. */
export function isUrl(value: unknown): value is URL {
  return Object.prototype.toString.call(value) === "[object URL]";
}

/** Whether `value` has properties to look at. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
