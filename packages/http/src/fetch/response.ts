import type { Answer } from "../wire/answer.ts";
import type { HeaderList } from "../wire/headers.ts";
import { PlatformResponse } from "../wire/undici.ts";
import { WholeResponse, withOrigin } from "./whole-response.ts";

// A Response of these has no body, not even an empty one.
const NULL_BODY = new Set([101, 103, 204, 205, 304]);

type Body = ConstructorParameters<typeof Response>[0];

/** An answer as a Response. Its body may be read by one reader, as any. */
export function responseOf(answer: Answer, headers: HeaderList = answer.headers, redirected = false): Response {
  const { status, statusText, url, body } = answer;
  if (NULL_BODY.has(status)) return streamingResponse({ ...answer, headers }, null, redirected);
  return new WholeResponse(body as Uint8Array<ArrayBuffer>, { status, statusText, headers: asInit(headers) }, { url, redirected }); // made here, over memory of its own
}

/** The same for a body that is still to come. */
export function streamingResponse({ status, statusText, headers, url }: Omit<Answer, "body">, body: Body, redirected = false): Response {
  const response = new PlatformResponse(NULL_BODY.has(status) ? null : body, { status, statusText, headers: asInit(headers) });
  return withOrigin(response, { url, redirected });
}

function asInit(headers: HeaderList): [string, string][] {
  return headers.map(([name, value]) => [name, value]);
}
