import { type Response, Server } from "memjs";
import { type Call, Link } from "./link.ts";
import type { Address, Credentials } from "./options.ts";

/** How long a server that is away is left alone. */
const REST = 500;

/**
 * A server of a memjs client, with a connection that ends well. That of memjs forgets who waits when the connection is
 * closed, keeps what it has read of an unfinished answer, and from then on misreads every other.
 *
 * While the server is away calls fail at once, but for one now and then, which tries.
 */
export class SteadyServer extends Server {
  readonly #address: Address;
  readonly #credentials: Credentials | undefined;
  #link: Link | undefined;
  #away: Error | undefined;
  #resting = false;
  #closed = false;
  #seq = 0;
  #answered: Call["answered"] = () => undefined;
  #failed: Call["failed"] = () => undefined;

  constructor(address: Address, credentials: Credentials | undefined) {
    super(address.host, address.port);
    this.#address = address;
    this.#credentials = credentials;
  }

  // A call comes in three parts, one right after the other: what to do with an answer, with an error, and the request.

  override onResponse(seq: number, answered: (response: Response) => void): void {
    this.#seq = seq;
    this.#answered = answered;
  }

  override onError(_seq: number, failed: (error: Error) => void): void {
    this.#failed = failed;
  }

  override write(request: Uint8Array | string): void {
    const call: Call = { answered: this.#answered, failed: this.#failed };
    if (this.#closed) return call.failed(new Error("this cache has been closed"));
    if (this.#away !== undefined && (this.#resting || this.#link !== undefined)) return call.failed(this.#away);
    this.#link ??= this.#connect();
    this.#link.send(this.#seq, request, call);
  }

  override close(): void {
    this.#closed = true;
    this.#link?.end(new Error("this cache has been closed"));
  }

  #connect(): Link {
    return new Link(this.#address, this.#credentials, {
      heard: () => {
        this.#away = undefined;
      },
      over: (error) => {
        this.#link = undefined;
        if (error !== undefined) this.#leaveAlone(error);
      },
    });
  }

  #leaveAlone({ message }: Error): void {
    this.#away = new Error(`not asked, because it is away: ${message}`);
    this.#resting = true;
    setTimeout(() => {
      this.#resting = false;
    }, REST).unref();
  }
}
