import { type Response, Server, Utils } from "memjs";
import { type Call, Link } from "./link.ts";
import type { Address, Credentials } from "./options.ts";

/** How long to wait before trying a server that is away again, in milliseconds. */
const REST = 500;

/**
 * A server of a memjs client that handles the end of a connection. memjs's own server forgets the waiting calls then, and
 * keeps the partial answer, so that it misreads every later one.
 *
 * While the server is away, calls fail at once, except for an occasional one that tries to connect.
 */
export class SteadyServer extends Server {
  readonly #address: Address;
  readonly #credentials: Credentials | undefined;
  #link: Link | undefined;
  #away: Error | undefined;
  #resting = false;
  #closed = false;
  #seq = 0;
  #answered: (response: Response) => void = () => undefined;
  #failed: Call["failed"] = () => undefined;

  constructor(address: Address, credentials: Credentials | undefined) {
    super(address.host, address.port);
    this.#address = address;
    this.#credentials = credentials;
  }

  // memjs makes a call in three steps: it sets the handler of an answer, then that of an error, then writes the request.

  override onResponse(seq: number, answered: (response: Response) => void): void {
    this.#seq = seq;
    this.#answered = answered;
  }

  override onError(_seq: number, failed: (error: Error) => void): void {
    this.#failed = failed;
  }

  override write(request: Uint8Array | string): void {
    const answered = this.#answered;
    const call: Call = { answered: (bytes, start, end) => answered(Utils.parseMessage(bytes.subarray(start, end))), failed: this.#failed };
    this.#linkFor(call)?.send(this.#seq, request, call);
  }

  /** In one step, and sent together with other gets. */
  get(seq: number, key: string, call: Call): void {
    this.#linkFor(call)?.get(seq, key, call);
  }

  override close(): void {
    this.#closed = true;
    this.#link?.end(new Error("this cache has been closed"));
  }

  /** Without one, the call has failed. */
  #linkFor(call: Call): Link | undefined {
    if (this.#closed) return void call.failed(new Error("this cache has been closed"));
    if (this.#away !== undefined && (this.#resting || this.#link !== undefined)) return void call.failed(this.#away);
    return (this.#link ??= this.#connect());
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
