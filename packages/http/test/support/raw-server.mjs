/** HTTP servers that answer with the very bytes that they are told, on node:net: also for `faults/`, which runs without a compiler. */

import { once } from "node:events";
import { createServer } from "node:net";

/**
 * @typedef {object} RawRequest
 * @property {string} method
 * @property {string} path
 * @property {Readonly<Record<string, string>>} headers Names in lower case.
 * @property {string} body
 *
 * @typedef {(socket: import("node:net").Socket, request: RawRequest) => unknown} RawAnswer
 *
 * @typedef {object} RawServer
 * @property {string} url
 * @property {RawRequest[]} requests
 * @property {RawAnswer} answer May be replaced.
 * @property {() => Promise<void>} stop
 */

/**
 * @param {RawAnswer} answer
 * @returns {Promise<RawServer>}
 */
export async function rawServer(answer) {
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined); // clients break off, as they should
    serve(socket, raw);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  /** @type {RawServer} */
  const raw = {
    url: `http://127.0.0.1:${port}/`,
    requests: [],
    answer,
    async stop() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  return raw;
}

/** Reads requests, one after the other, and has each answered. @param {import("node:net").Socket} socket @param {RawServer} raw */
function serve(socket, raw) {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    for (;;) {
      const end = text.indexOf("\r\n\r\n");
      if (end === -1) return;
      const request = parse(text.slice(0, end));
      const length = Number(request.headers["content-length"] ?? 0);
      if (text.length < end + 4 + length) return;
      const body = text.slice(end + 4, end + 4 + length);
      text = text.slice(end + 4 + length);
      raw.requests.push({ ...request, body });
      raw.answer(socket, { ...request, body });
    }
  });
}

/** @param {string} head @returns {RawRequest} */
function parse(head) {
  const [first = "", ...lines] = head.split("\r\n");
  const [method = "", path = ""] = first.split(" ");
  const fields = lines.map((line) => /** @type {const} */ ([line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  return { method, path, headers: Object.fromEntries(fields), body: "" };
}

/**
 * The bytes of an answer.
 * @param {string} status Such as "200 OK".
 * @param {Readonly<Record<string, string | number>>} headers
 * @param {string | Uint8Array} body
 */
export function answerBytes(status, headers = {}, body = "") {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${fields.join("")}\r\n`, "latin1"), Buffer.from(body)]);
}

/**
 * A whole answer, with the length of its body.
 * @param {string | Uint8Array} body
 * @param {Readonly<Record<string, string | number>>} headers
 * @param {string} status
 * @returns {RawAnswer}
 */
export function whole(body, headers = {}, status = "200 OK") {
  const bytes = answerBytes(status, { "content-length": Buffer.byteLength(body), ...headers }, body);
  return (socket) => socket.write(bytes);
}

/** A body in chunks of this size, without the last chunk. @param {string | Uint8Array} body @param {number} size */
export function chunks(body, size = 10) {
  const bytes = Buffer.from(body);
  const parts = [];
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}

export const LAST_CHUNK = "0\r\n\r\n";
