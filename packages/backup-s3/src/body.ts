import { addAbortSignal, type Readable } from "node:stream";

/**
 * Reads a body to its end. One that is too long, or is given up, is not read any further, and its connection ends.
 *
 * @param signal ends a body that stalls, also where the client does not see to that
 */
export async function wholeBody(body: unknown, maxBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  if (!isBody(body)) throw new Error("the answer has no body that can be read");
  if (signal && isStream(body)) addAbortSignal(signal, body);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`it is over ${maxBytes} bytes, the most that maxBytes allows`);
    chunks.push(chunk);
  }
  return joined(chunks, size);
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function isBody(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

/** Of Node, by what it can do: another realm's class is not this one's. */
function isStream(body: object): body is Readable {
  return "pipe" in body && "on" in body && "destroy" in body;
}
