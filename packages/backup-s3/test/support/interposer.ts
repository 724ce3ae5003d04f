import { once } from "node:events";
import { createServer, type IncomingMessage, request as forward, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What a client asks for, in the words of S3. */
export interface Asked {
  readonly operation: "ListObjectsV2" | "GetObject" | "PutObject" | "DeleteObject" | "DeleteObjects";
  /** The object's name; of a listing, its prefix. */
  readonly key: string;
  readonly body: Buffer;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface Interposer {
  readonly url: string;
  /** Everything that has been asked for, in its order: `operation key`. */
  readonly asked: string[];
  /** Runs before a request is passed on. `true` is for "leave it to me": it has answered, or keeps silent. */
  before: (asked: Asked) => unknown;
  /** How many connections are open. */
  connections(): Promise<number>;
}

/** Somebody between the client and the server: an HTTP server of its own, who passes on what it is not told to answer itself. */
export async function interpose(target: string): Promise<Interposer> {
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });

  const interposer: Interposer = {
    // A server that listens on a port has an address of this kind.
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

/** Whole, or as far as it has come when the client goes away. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(request, "close");
  return Buffer.concat(chunks);
}

function passOn(target: string, { request, body, response }: Asked): void {
  const { method, headers } = request;
  const onward = forward(`${target}${request.url}`, { method, headers }, (answer) => {
    // The server ends its connections; those of the client are kept, as S3 keeps them.
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

/** Answers with this status and text, whatever was sent. */
export function reply({ response }: Asked, status: number, text = ""): true {
  response.writeHead(status, { "content-length": Buffer.byteLength(text) }).end(text);
  return true;
}
