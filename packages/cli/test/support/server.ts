import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server on its own port. Its answer can be changed, and it records requests. */
export class TestServer {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  answer: Answer;
  readonly stop: () => Promise<void>;

  constructor(url: string, requests: readonly IncomingMessage[], answer: Answer, stop: () => Promise<void>) {
    this.url = url;
    this.requests = requests;
    this.answer = answer;
    this.stop = stop;
  }
}

export async function serve(first: Answer): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    requests.push(request);
    server.answer(request, response);
  });
  const stop = async (): Promise<void> => {
    http.closeAllConnections();
    if (http.listening) await new Promise((resolve) => http.close(resolve));
  };
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(stop);
  const address = http.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  const server = new TestServer(`http://127.0.0.1:${address.port}/feed`, requests, first, stop);
  return server;
}

/** Answers 200 with this body. */
export function body(content: string | Uint8Array, headers: Record<string, string> = {}): Answer {
  return (_request, response) => response.writeHead(200, headers).end(content);
}

/** Answers with this status. */
export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => response.writeHead(code, headers).end(`a page about ${code}`);
}
