import { once } from "node:events";
import { createServer, type IncomingMessage, request as forward, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A request, in the terms of S3. */
export interface Asked {
  readonly operation: "ListObjectsV2" | "GetObject" | "PutObject" | "DeleteObject" | "DeleteObjects";
  /** The name of the object, or the prefix of a listing. */
  readonly key: string;
  readonly body: Buffer;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface Interposer {
  readonly url: string;
  /** All requests in order, as `operation key`. */
  readonly asked: string[];
  /** Runs before a request is forwarded. Returns `true` if it has answered, or if nobody should. */
  before: (asked: Asked) => unknown;
  /** The number of open connections. */
  connections(): Promise<number>;
}

/** A proxy between client and server, which forwards whatever it is not told to answer. */
export async function interpose(target: string): Promise<Interposer> {
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });

  const interposer: Interposer = {
    // A server on a port always has an address of this type.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    before: () => undefined,
    connections: () => new Promise((resolve) => void server.getConnections((_, count) => resolve(count))),
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const asked = { ...parsed(request), body, request, response };
    interposer.asked.push(`${asked.operation} ${asked.key}`);
    if ((await interposer.before(asked)) !== true) passOn(target, asked);
  }

  return interposer;
}

/** The whole body, or the part that arrived before the client closed the connection. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(request, "close");
  return Buffer.concat(chunks);
}

function passOn(target: string, { request, body, response }: Asked): void {
  const { method, headers } = request;
  const onward = forward(`${target}${request.url}`, { method, headers }, (answer) => {
    // The emulator closes its connections; those of the client stay open, as with S3.
    const { connection: _, ...kept } = answer.headers;
    response.writeHead(answer.statusCode ?? 500, kept);
    answer.on("error", () => response.destroy()).pipe(response);
  });
  onward.on("error", () => response.destroy()).end(body);
}

function parsed({ method, url = "" }: IncomingMessage): Pick<Asked, "operation" | "key"> {
  const { pathname, searchParams } = new URL(url, "http://server");
  const key = decodeURIComponent(pathname).split("/").slice(2).join("/");
  if (searchParams.has("list-type")) return { operation: "ListObjectsV2", key: searchParams.get("prefix") ?? "" };
  if (searchParams.has("delete")) return { operation: "DeleteObjects", key: "" };
  const operations = { GET: "GetObject", PUT: "PutObject", DELETE: "DeleteObject" } as const;
  const operation = Object.entries(operations).find(([name]) => name === method)?.[1];
  if (operation === undefined) throw new Error(`the adapter is not to ask for ${method} ${url}`);
  return { operation, key };
}

/** Answers any request with this status and text. */
export function reply({ response }: Asked, status: number, text = ""): true {
  response.writeHead(status, { "content-length": Buffer.byteLength(text) }).end(text);
  return true;
}
