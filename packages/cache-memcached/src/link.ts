import { connect, type Socket } from "node:net";
import { Utils } from "memjs";
import { areLengthsTrue, endOf, type Get, getRequests, opcodeOf, RESPONSE_MAGIC, seqOf, statusOf } from "./frames.ts";
import { Incoming } from "./incoming.ts";
import type { Address, Credentials } from "./options.ts";

/** Twice core's own deadline. A later answer has no use. */
const ANSWER_TIMEOUT = 2_000;

const VERSION = 0x0b;
const SASL_AUTH = 0x21;
const AUTHENTICATION_FAILED = 0x20;

/** A request under way. Exactly one of the two methods is called, once. */
export interface Call {
  /** The answer, header and all, is in `bytes` from `start` to `end`. */
  answered(bytes: Buffer, start: number, end: number): void;
  failed(error: Error): void;
}

export interface LinkEvents {
  /** Called when the server has sent bytes. */
  readonly heard: () => void;
  /** Called when the connection has ended. `error` says why, if a call was waiting for an answer. */
  readonly over: (error: Error | undefined) => void;
}

/**
 * One connection, from its beginning to its end. When it ends, waiting calls fail and a partial answer is dropped, so that
 * nothing of it reaches the next connection.
 */
export class Link {
  readonly #server: string;
  readonly #socket: Socket;
  readonly #events: LinkEvents;
  readonly #calls = new Map<number, Call>();
  readonly #incoming = new Incoming();
  #gets: Get[] = [];
  #silence: NodeJS.Timeout | undefined;
  #isSilent = false;
  #ended = false;

  constructor({ host, port }: Address, credentials: Credentials | undefined, events: LinkEvents) {
    this.#server = `${host}:${port}`;
    this.#events = events;
    this.#socket = unrefAlways(connect({ host, port, noDelay: true, keepAlive: true }))
      .on("data", (bytes) => this.#receive(bytes))
      .on("error", (error) => this.end(error))
      .on("close", () => this.end(new Error(`${this.#server} closed the connection`)));
    this.#cork();
    this.#socket.write(GREETING);
    if (credentials !== undefined) this.#socket.write(authentication(credentials));
  }

  /** Sends a request. Its answer has the same `seq`. */
  send(seq: number, request: Uint8Array | string, call: Call): void {
    this.#await(seq, call);
    this.#sendGets();
    this.#socket.write(request);
  }

  /** Gets of one turn of the event loop become one request. */
  get(seq: number, key: string, call: Call): void {
    this.#await(seq, call);
    this.#gets.push({ seq, key });
  }

  /** Ends the connection and fails all waiting calls. A second call does nothing. */
  end(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.destroy();
    clearTimeout(this.#silence);
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#events.over(calls.length === 0 ? undefined : error);
    for (const call of calls) call.failed(error);
  }

  /** A process that was frozen runs its timers before it reads the answers that have come in. The immediate runs after both. */
  #endUnlessHeard(): void {
    this.#isSilent = true;
    setImmediate(() => {
      if (this.#isSilent) this.end(new Error(`${this.#server} said nothing for ${ANSWER_TIMEOUT} ms`));
    });
  }

  #await(seq: number, call: Call): void {
    this.#calls.set(seq, call);
    if (this.#socket.writableCorked === 0) this.#cork();
    this.#silence ??= setTimeout(() => this.#endUnlessHeard(), ANSWER_TIMEOUT).unref();
  }

  /** Sends all calls of one turn of the event loop together. */
  #cork(): void {
    this.#socket.cork();
    process.nextTick(() => {
      this.#sendGets();
      this.#socket.uncork();
    });
  }

  #sendGets(): void {
    if (this.#gets.length === 0 || this.#ended) return;
    this.#socket.write(getRequests(this.#gets));
    this.#gets = [];
  }

  #receive(piece: Buffer): void {
    this.#events.heard();
    const bytes = this.#incoming.add(piece);
    if (bytes === undefined) return;
    const waited = this.#calls.size;
    this.#incoming.keep(bytes.subarray(this.#takeAll(bytes)));
    // Only a complete answer restarts the timer; partial ones do not.
    if (this.#calls.size < waited) this.#awaitMore();
  }

  /** Returns where the first answer begins that is not whole. */
  #takeAll(bytes: Buffer): number {
    let start = 0;
    while (start < bytes.length && !this.#ended) {
      if (bytes[start] !== RESPONSE_MAGIC) {
        this.end(new Error(`${this.#server} ${notBinary(bytes.subarray(start))}`));
        break;
      }
      const end = endOf(bytes, start);
      if (end > bytes.length) break;
      this.#take(bytes, start, end);
      start = end;
    }
    return start;
  }

  #take(bytes: Buffer, start: number, end: number): void {
    if (statusOf(bytes, start) === AUTHENTICATION_FAILED) return this.end(new Error(`${this.#server} asks for a user name and a password, or refused those it got`));
    const opcode = opcodeOf(bytes, start);
    if (opcode === SASL_AUTH || opcode === VERSION) return;
    const seq = seqOf(bytes, start);
    const call = this.#calls.get(seq);
    // A bit was flipped on the way, so some call would wait for ever, or get a part of another's answer.
    if (call === undefined) return this.end(new Error(`${this.#server} answered a request that was not sent`));
    if (!areLengthsTrue(bytes, start)) return this.end(new Error(`${this.#server} sent an answer whose lengths do not fit together`));
    this.#calls.delete(seq);
    call.answered(bytes, start, end);
  }

  #awaitMore(): void {
    this.#isSilent = false;
    if (this.#calls.size > 0) {
      this.#silence?.refresh();
    } else {
      clearTimeout(this.#silence);
      this.#silence = undefined;
    }
  }
}

/**
 * Asks for the server's version, which a server with passwords tells everybody. The line ends are in the number of the call: a
 * server that speaks only the text protocol answers the lines with ERROR, and would wait for ever for the line ends of a get.
 */
const GREETING = Utils.makeRequestBuffer(VERSION, "", "", "", 0x0d0a0d0a);

/** What is wrong with an answer that does not begin as those of the binary protocol do. */
function notBinary(answer: Buffer): string {
  const text = answer.toString("latin1", 0, 40);
  if (/^ERROR Too many/i.test(text)) return "has no room for another connection";
  if (/^(?:ERROR|CLIENT_ERROR)/.test(text)) return 'speaks only Memcached\'s text protocol; start it without "-B ascii"';
  return "does not speak Memcached's binary protocol";
}

/**
 * Lets the process end while the connection is open. While a get is awaited, core keeps the process alive. A host name may
 * have several addresses, and each connection attempt has its own handle.
 */
function unrefAlways(socket: Socket): Socket {
  const unref = (): unknown => socket.unref();
  return socket.unref().on("connectionAttempt", unref).once("connect", unref);
}

function authentication({ username, password }: Credentials): Buffer {
  return Utils.makeRequestBuffer(SASL_AUTH, "PLAIN", "", `\0${username}\0${password}`, 0);
}
