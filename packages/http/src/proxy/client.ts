import type { IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";
import { unconditional } from "../fetch/conditions.ts";
import { endToEnd, fromRaw, type HeaderList, without } from "../wire/headers.ts";
import { joined, NAME } from "./fields.ts";

/** What the proxy says itself to the source. Bodies are decoded here, so that clients of all encodings share them. */
export const OURS: ReadonlySet<string> = new Set(["accept-encoding", "host", "via", "forwarded", "expect"]);

/** The fields of a request. */
interface RequestFields {
  /** As the client gave them, without those of the connection. */
  readonly given: HeaderList;
  /** As they go on to the source, without the conditions of the client. */
  readonly passedOn: HeaderList;
}

/**
 * The connection of a client. What stays the same from one request to the next is made once: for each request it would take a twentieth of
 * the time of a fresh answer.
 */
export class Client {
  /** Aborted once the connection is closed. */
  readonly gone: AbortSignal;
  #raw: readonly string[] = [];
  #version = "";
  #fields: RequestFields = { given: [], passedOn: [] };

  constructor(socket: Socket) {
    const gone = new AbortController();
    const abort = (): void => gone.abort(new Error("the client is gone"));
    if (socket.destroyed) abort();
    else socket.once("close", abort);
    this.gone = gone.signal;
  }

  /** Most clients say the same with each request. */
  fieldsOf(request: IncomingMessage): RequestFields {
    const { rawHeaders, httpVersion } = request;
    if (httpVersion !== this.#version || !areSame(rawHeaders, this.#raw)) {
      const given = endToEnd(fromRaw(rawHeaders));
      this.#fields = { given, passedOn: [...without(unconditional(given), OURS), ...onTheWay(request)] };
      this.#raw = rawHeaders;
      this.#version = httpVersion;
    }
    return this.#fields;
  }
}

function areSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

const clients = new WeakMap<Socket, Client>();

export function clientOf({ socket }: IncomingMessage): Client {
  const known = clients.get(socket);
  if (known !== undefined) return known;
  const client = new Client(socket);
  clients.set(socket, client);
  return client;
}

/** Who asks, through whom (RFC 9110, section 7.6.3, and RFC 7239). */
export function onTheWay({ httpVersion, headers, socket }: IncomingMessage): HeaderList {
  const own = `for=${node(socket.remoteAddress)}${headers.host === undefined ? "" : `;host="${headers.host.replaceAll(/["\\]/g, "")}"`};proto=http`;
  return [
    ["via", joined(headers.via, `${httpVersion} ${NAME}`)],
    ["forwarded", joined(headers.forwarded, own)],
  ];
}

function node(address = "unknown"): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
  return isIP(plain) === 6 ? `"[${plain}]"` : plain;
}
