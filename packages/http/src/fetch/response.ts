import type { Answer } from "../wire/answer.ts";
import type { HeaderList } from "../wire/headers.ts";
import { PlatformResponse } from "../wire/undici.ts";

// A Response of these has no body, not even an empty one.
const NULL_BODY = new Set([101, 103, 204, 205, 304]);

type Body = ConstructorParameters<typeof Response>[0];

/** An answer as a Response. Its body may be read by one reader, as any. */
export function responseOf(answer: Answer, headers: HeaderList = answer.headers, redirected = false): Response {
  return streamingResponse({ ...answer, headers }, answer.body as Uint8Array<ArrayBuffer>, redirected); // made here, over memory of its own
}

/** The same for a body that is still to come. */
export function streamingResponse({ status, statusText, headers, url }: Omit<Answer, "body">, body: Body, redirected = false): Response {
  const response = new PlatformResponse(NULL_BODY.has(status) ? null : body, { status, statusText, headers: asInit(headers) });
  return withUrl(response, url, redirected);
}

/** The constructor leaves the URL empty. */
function withUrl(response: Response, url: string, redirected: boolean): Response {
  const clone = (): Response => withUrl(PlatformResponse.prototype.clone.call(response), url, redirected);
  return Object.defineProperties(response, {
    url: { value: url, configurable: true },
    redirected: { value: redirected, configurable: true },
    clone: { value: clone, configurable: true, writable: true },
  });
}

function asInit(headers: HeaderList): [string, string][] {
  return headers.map(([name, value]) => [name, value]);
}
