/** A server on loopback, in a process of its own, whose answers may be kept for an hour. */

import { createServer } from "node:http";

const BODY = JSON.stringify({ rates: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`R${index}`, index / 7])) });

const server = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "application/json", "cache-control": "max-age=3600" }).end(BODY);
});
// A connection that is idle for a moment must not fail the next request.
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.(typeof address === "object" ? address?.port : undefined);
});
