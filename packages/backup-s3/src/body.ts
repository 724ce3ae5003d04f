import { addAbortSignal, type Readable } from "node:stream";

/**
 * Reads a body to its end. If it is too long, or the signal is aborted, reading stops and the connection is closed.
 *
 * @param signal Ends a stalled body, even if the client does not.
 */
export async function wholeBody(body: unknown, maxBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  if (!isBody(body)) throw new Error("the answer has no readable body");
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

/** Whether this is a stream of Node. Checked by its methods, because another realm has other classes. */
function isStream(body: object): body is Readable {
  return "pipe" in body && "on" in body && "destroy" in body;
}
