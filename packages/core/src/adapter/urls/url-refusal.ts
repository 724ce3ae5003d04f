/** The end of a message that shows nothing of a URL. */
export const NOT_SHOWN = "; got another, which is not shown, since a URL may hold a password";

/**
 * An error to throw for a wrong part of a URL: `redisCache: the path of the URL must be …`. It shows nothing of the URL, which
 * may contain a password.
 *
 * @param factory The name of the function that the user called.
 */
export function urlRefusal(factory: string, part: string, expected: string): RangeError {
  return new RangeError(`${factory}: the ${part} of the URL must be ${expected}${NOT_SHOWN}`);
}
