/*
 * Errors and URLs of another realm (a `node:vm` context, a test file under Jest) have other prototypes, so `instanceof`
 * is false for them. These functions recognise them by their properties.
 */

/** The `code` of an error, such as `"ENOENT"`; `undefined` if it has none. */
export function codeOf(error: unknown): unknown {
  return isObject(error) && "code" in error ? error.code : undefined;
}

/** The text of whatever was thrown. Converting it to a string may itself throw. */
export function messageOf(error: unknown): string {
  try {
    return String(isObject(error) && "message" in error ? error.message : error);
  } catch {
    return "something without a text was thrown";
  }
}

/** Whether `value` is a `URL` of any realm. */
export function isUrl(value: unknown): value is URL {
  return Object.prototype.toString.call(value) === "[object URL]";
}

/** Whether `value` is an object, so that its properties can be read. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
