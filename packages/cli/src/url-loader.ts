import { CappedOutput } from "./capped-output.ts";
import { EXIT, LoadFailure } from "./load-failure.ts";
import type { Loader } from "./loader.ts";
import { version } from "./version.ts";

const PARTIAL_CONTENT = 206;

/** Loads the body of a URL, redirects followed. Any status but a success is a failure, and so is a body that breaks off. */
export function urlLoader(url: URL, maxBytes: number): Loader {
  async function load(signal: AbortSignal): Promise<Uint8Array> {
    try {
      const response = await fetch(url, { signal, headers: { "user-agent": `lastgood/${version()}` } });
      return await readBody(response, maxBytes);
    } catch (error) {
      throw error instanceof LoadFailure ? error : new LoadFailure(describe(error), EXIT.failed, { cause: error });
    }
  }

  return { load, printed: () => new Uint8Array() };
}

async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (!response.ok || response.status === PARTIAL_CONTENT) {
    await response.body?.cancel();
    throw new LoadFailure(`HTTP status ${response.status} ${response.statusText}`.trimEnd(), EXIT.failed);
  }
  const body = new CappedOutput(maxBytes);
  for await (const chunk of response.body ?? []) {
    body.add(chunk);
    if (body.full) throw new LoadFailure(`body has more than ${maxBytes} bytes (--max-bytes)`, EXIT.refused);
  }
  return body.bytes;
}

/** `fetch` says "fetch failed" or "terminated"; what happened is in the causes. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const reason = cause.message === "" && "code" in cause ? String(cause.code) : describe(cause);
  return error.message === "terminated" ? `body broke off: ${reason}` : reason;
}
