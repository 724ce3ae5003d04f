/**
 * The source of the feed: an HTTP server that can be told to misbehave. A process of its own, started by source.mjs.
 *
 *     node server.mjs FILE PORT
 *
 * It serves FILE, and does as it is told by messages from its parent. It answers each with the number of requests so far.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const [file = "", port = "0"] = process.argv.slice(2);
const ATOM = "application/atom+xml";

/** @typedef {(response: import("node:http").ServerResponse) => unknown} Behaviour */

/** @type {Readonly<Record<string, Behaviour>>} */
const BEHAVIOURS = {
  async healthy(response) {
    response.writeHead(200, { "content-type": ATOM }).end(await readFile(file));
  },
  "status 500"(response) {
    response.writeHead(500, { "content-type": "text/html" }).end("<h1>Internal Server Error</h1>\n");
  },
  hang() {},
  async reset(response) {
    const body = await readFile(file);
    response.writeHead(200, { "content-type": ATOM, "content-length": body.length });
    response.write(body.subarray(0, body.length / 2));
    // A reset overtakes what the reader has not taken in yet: it is to see the half.
    setTimeout(() => response.socket?.resetAndDestroy(), 100);
  },
  garbage(response) {
    response.writeHead(200, { "content-type": ATOM }).end("<html><title>Sorry, we are working on it</title></html>\n");
  },
  empty(response) {
    response.writeHead(200, { "content-type": ATOM, "content-length": 0 }).end();
  },
};

let behaviour = BEHAVIOURS["healthy"];
let requests = 0;

const server = createServer((_request, response) => {
  requests++;
  return behaviour?.(response);
});

process.on("message", (/** @type {string} */ name) => {
  behaviour = BEHAVIOURS[name] ?? behaviour;
  process.send?.(requests);
});
process.on("disconnect", () => process.exit());

server.listen(Number(port), "127.0.0.1", () => {
  const address = server.address();
  process.send?.(typeof address === "object" ? address?.port : undefined);
});
