import { Readable, type Transform } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import * as zlib from "node:zlib";
import { isError } from "@lastgood/core/adapter";
import { encodingsOf, type Opened } from "../wire/exchange.ts";

// A caller that gave up, and nobody else came for the answer.
const LEFT_FOR = 10_000;

/** An answer that is not kept, whose body still flows. It goes to one of those who wait for it; the others have to ask for themselves. */
export class Live {
  readonly opened: Opened;
  readonly #begun: readonly Uint8Array[];
  #isTaken = false;

  /** `begun`: what has been read of its body already. */
  constructor(opened: Opened, begun: readonly Uint8Array[] = []) {
    this.opened = opened;
    this.#begun = begun;
    setTimeout(() => this.#isTaken || opened.stream.destroy(), LEFT_FOR).unref();
  }

  /** Whether the asker gets it: the first one does. */
  take(): boolean {
    const isFree = !this.#isTaken;
    this.#isTaken = true;
    return isFree;
  }

  /** The body, decoded as it flows. */
  readable(signal: AbortSignal | undefined): Readable {
    const { stream, headers } = this.opened;
    signal?.addEventListener("abort", () => stream.destroy(asError(signal.reason)), { once: true });
    const source = this.#begun.length === 0 ? stream : Readable.from(chained(this.#begun, stream));
    return encodingsOf(headers).toReversed().reduce<Readable>(decoded, source);
  }

  body(signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
    // The two types are of the same thing.
    return Readable.toWeb(this.readable(signal)) as NodeReadableStream<Uint8Array> as unknown as ReadableStream<Uint8Array>;
  }
}

async function* chained(begun: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* begun;
  yield* rest;
}

/** What cannot be decoded has been refused by then. */
function decoded(source: Readable, encoding: string): Readable {
  const decoder = decoderOf(encoding);
  if (decoder === undefined) return source;
  source.on("error", (error) => decoder.destroy(error));
  decoder.on("close", () => source.destroy());
  return source.pipe(decoder);
}

function decoderOf(encoding: string): Transform | undefined {
  if (encoding === "gzip" || encoding === "x-gzip") return zlib.createGunzip();
  if (encoding === "deflate") return zlib.createInflate();
  if (encoding === "br") return zlib.createBrotliDecompress();
  const create: unknown = encoding === "zstd" ? Reflect.get(zlib, "createZstdDecompress") : undefined;
  return typeof create === "function" ? (create() as Transform) : undefined; // its shape is that of its siblings
}

function asError(reason: unknown): Error {
  return isError(reason) ? reason : new Error("aborted", { cause: reason });
}
