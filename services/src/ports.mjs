import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Servers are for this machine alone. */
export const HOST = "127.0.0.1";

/**
 * A port that nobody listens on. Below those that Linux gives to outgoing connections: one of these could take the
 * port of a server while it is restarted.
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    if (await isFree(port)) return port;
  }
}

/** @param {number} port @returns {Promise<boolean>} */
async function isFree(port) {
  const server = createServer().listen(port, HOST);
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
