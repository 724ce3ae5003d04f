import { Readable } from "node:stream";
import { isBytes, isError } from "@lastgood/core/adapter";
import { decodeStream, whyNotDecodable } from "../wire/encodings.ts";
import { encodingsOf, type Opened } from "../wire/exchange.ts";
import { restoreCode } from "../wire/undici.ts";

// A caller that gave up, and nobody else came for the answer.
const LEFT_FOR = 10_000;

const PARTIAL_CONTENT = 206;

/** An answer that is not kept, whose body still flows. It goes to one of those who wait for it; the others have to ask for themselves. */
export class Live {
  readonly opened: Opened;
  readonly #begun: readonly Uint8Array[];
  readonly #impatience: NodeJS.Timeout;
  #isTaken = false;

  /** `begun`: what has been read of its body already. */
  constructor(opened: Opened, begun: readonly Uint8Array[] = []) {
    this.opened = opened;
    this.#begun = begun;
    this.#impatience = setTimeout(() => opened.stream.destroy(), LEFT_FOR).unref();
  }

  /** Whether the asker gets it: the first one does. */
  take(): boolean {
    const isFree = !this.#isTaken;
    this.#isTaken = true;
    clearTimeout(this.#impatience);
    return isFree;
  }

  /** Whether the body comes decoded. A part of an encoded body cannot be, nor what nobody here can read: those go on as they came. */
  get isDecoded(): boolean {
    return this.#encodings.length > 0;
  }

  get #encodings(): readonly string[] {
    const { status, headers, acceptEncoding } = this.opened;
    const encodings = encodingsOf(headers);
    return status === PARTIAL_CONTENT || whyNotDecodable(encodings, acceptEncoding) !== undefined ? [] : encodings;
  }

  /** The body, decoded as it flows. */
  readable(signal: AbortSignal | undefined): Readable {
    const { stream } = this.opened;
    const abort = (): void => void stream.destroy(asError(signal?.reason));
    signal?.addEventListener("abort", abort, { once: true });
    stream.once("close", () => signal?.removeEventListener("abort", abort));
    const source = this.#begun.length === 0 ? stream : Readable.from(chained(this.#begun, stream), { objectMode: false });
    return decodeStream(source, this.#encodings);
  }

  /** The same as a stream of the platform. Not `Readable.toWeb`: it throws where nobody can catch it if its reader cancels. */
  body(signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
    const readable = this.readable(signal);
    const chunks = readable[Symbol.asyncIterator]();
    const read = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      const { done, value } = (await chunks.next()) as { done?: boolean; value: unknown }; // of bytes, which are looked at
      if (done === true) controller.close();
      else if (isBytes(value)) controller.enqueue(value);
    };
    return new ReadableStream<Uint8Array>(
      {
        // A body that was cancelled takes neither a chunk nor an error: that of the controller is about to be dropped.
        pull: (controller) => read(controller).catch((error: unknown) => controller.error(signal?.aborted ? signal.reason : terminated(error))),
        cancel: () => void readable.destroy(),
      },
      { highWaterMark: 0 },
    );
  }
}

async function* chained(begun: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* begun;
  yield* rest;
}

/** As the body of a fetch fails. */
function terminated(error: unknown): TypeError {
  restoreCode(error);
  return new TypeError("terminated", { cause: error });
}

function asError(reason: unknown): Error {
  return isError(reason) ? reason : new Error("aborted", { cause: reason });
}
