/** Ways in which a source answers wrongly, each as a function that writes to a socket. */

import * as zlib from "node:zlib";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { answerBytes, chunks, LAST_CHUNK } from "./raw-server.mjs";

/**
 * @typedef {import("./raw-server.mjs").RawAnswer} RawAnswer
 *
 * @typedef {object} BrokenAnswer
 * @property {string} title What the source does.
 * @property {RawAnswer} send
 * @property {boolean} [hangs] Whether the source then says nothing more, so that only a deadline ends it.
 */

const BODY = "a damaged answer, of which nobody must ever see a part. ".repeat(20);

/** @param {string} text @returns {RawAnswer} */
const ends = (text) => (socket) => socket.end(Buffer.from(text, "latin1"));

/** @param {string} text @returns {RawAnswer} */
const hangs = (text) => (socket) => socket.write(Buffer.from(text, "latin1"));

/** Sends, and resets the connection once that has arrived: what is on its way would be lost, or closed in good order. @param {string} text @returns {RawAnswer} */
const resets = (text) => (socket) => socket.write(Buffer.from(text, "latin1"), () => setTimeout(() => socket.resetAndDestroy(), 20));

/** @param {Record<string, string | number>} headers @param {string | Uint8Array} body @returns {RawAnswer} */
function sends(headers, body) {
  const bytes = answerBytes("200 OK", headers, body);
  return (socket) => socket.end(bytes);
}

const HEAD = "HTTP/1.1 200 OK\r\n";
const CLOSING = `${HEAD}Connection: close\r\n`;
const CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";

/** @type {readonly BrokenAnswer[]} */
const FRAMING = [
  { title: "closes a body before its Content-Length", send: ends(`${HEAD}Content-Length: 2000\r\n\r\n${BODY}`) },
  { title: "closes a body before its Content-Length, having said that it will close", send: ends(`${CLOSING}Content-Length: 2000\r\n\r\n${BODY}`) },
  { title: "closes before the first byte of a body that has a length", send: ends(`${CLOSING}Content-Length: 2000\r\n\r\n`) },
  { title: "closes a body of HTTP/1.0 before its Content-Length", send: ends(`HTTP/1.0 200 OK\r\nContent-Length: 2000\r\n\r\n${BODY}`) },
  { title: "resets the connection in a body that has a length", send: resets(`${HEAD}Content-Length: 2000\r\n\r\n${BODY}`) },
  { title: "resets the connection in a body that ends with the connection", send: resets(`${CLOSING}\r\n${BODY}`) },
  { title: "goes silent in a body that has a length", send: hangs(`${HEAD}Content-Length: 2000\r\n\r\n${BODY}`), hangs: true },
  { title: "closes a chunked body before its last chunk", send: ends(`${HEAD}${CHUNKED}${chunks(BODY)}`) },
  { title: "closes a chunked body before its last chunk, having said that it will close", send: ends(`${CLOSING}${CHUNKED}${chunks(BODY)}`) },
  { title: "closes a chunked body within a chunk, having said that it will close", send: ends(`${CLOSING}${CHUNKED}ff\r\nhalf a chunk`) },
  { title: "closes a chunked body within its last chunk", send: ends(`${CLOSING}${CHUNKED}${chunks(BODY)}0\r\n`) },
  { title: "closes a chunked body of HTTP/1.0 before its last chunk", send: ends(`HTTP/1.0 200 OK\r\n${CHUNKED}${chunks(BODY)}`) },
  { title: "resets the connection in a chunked body", send: resets(`${HEAD}${CHUNKED}${chunks(BODY)}`) },
  { title: "goes silent in a chunked body", send: hangs(`${HEAD}${CHUNKED}${chunks(BODY)}`), hangs: true },
  { title: "gives a chunk a length that is no number", send: ends(`${HEAD}${CHUNKED}zz\r\nhello\r\n${LAST_CHUNK}`) },
  { title: "gives a chunk more bytes than its length", send: ends(`${HEAD}${CHUNKED}2\r\nhello\r\n${LAST_CHUNK}`) },
  { title: "sends a length and chunks", send: ends(`${HEAD}Content-Length: 3\r\n${CHUNKED}${chunks(BODY)}${LAST_CHUNK}`) },
  { title: "sends two lengths", send: ends(`${HEAD}Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello`) },
  { title: "sends a length that is no number", send: ends(`${HEAD}Content-Length: five\r\n\r\nhello`) },
  { title: "sends a length below zero", send: ends(`${HEAD}Content-Length: -5\r\n\r\nhello`) },
  { title: "encodes the transfer, which nobody asked for", send: ends(`${CLOSING}Transfer-Encoding: gzip\r\n\r\n${gzipSync(BODY).toString("latin1")}`) },
  { title: "encodes the transfer within chunks, which nobody asked for", send: ends(`${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n${LAST_CHUNK}`) },
];

/** @type {readonly BrokenAnswer[]} */
const HEADS = [
  { title: "closes without a word", send: (socket) => socket.end() },
  { title: "resets the connection without a word", send: (socket) => socket.resetAndDestroy() },
  { title: "never answers", send: () => undefined, hangs: true },
  { title: "closes within its status line", send: ends("HTTP/1.1 2") },
  { title: "closes within its headers", send: ends(`${HEAD}Content-Len`) },
  { title: "resets the connection within its headers", send: resets(`${HEAD}Content-Len`) },
  { title: "goes silent within its headers", send: hangs(`${HEAD}Content-Len`), hangs: true },
  { title: "answers in no HTTP", send: ends("SSH-2.0-OpenSSH_9.2p1\r\n\r\n") },
  { title: "answers in a version of HTTP that there is not", send: ends("HTTP/9.9 200 OK\r\nContent-Length: 5\r\n\r\nhello") },
  { title: "answers with the status 000", send: ends("HTTP/1.1 000 Nothing\r\nContent-Length: 5\r\n\r\nhello") },
  { title: "answers with the status 99", send: ends("HTTP/1.1 99 Nothing\r\nContent-Length: 5\r\n\r\nhello") },
  { title: "answers with the status 999", send: ends("HTTP/1.1 999 Much\r\nContent-Length: 5\r\n\r\nhello") },
  { title: "answers with a status of letters", send: ends("HTTP/1.1 abc OK\r\nContent-Length: 5\r\n\r\nhello") },
  { title: "sends a header without a name", send: ends(`${HEAD}: nameless\r\nContent-Length: 5\r\n\r\nhello`) },
  { title: "sends a header with a NUL in it", send: ends(`${HEAD}X-Nul: a\0b\r\nContent-Length: 5\r\n\r\nhello`) },
  { title: "sends a flood of headers", send: ends(`${HEAD}${"X-Flood: 0123456789\r\n".repeat(10_000)}Content-Length: 5\r\n\r\nhello`) },
  { title: "sends one endless header", send: ends(`${HEAD}X-Endless: ${"x".repeat(300_000)}\r\nContent-Length: 5\r\n\r\nhello`) },
  { title: "sends headers without end", send: floods },
  { title: "switches to another protocol unasked", send: ends("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello") },
  { title: "says 103 Early Hints and closes", send: ends("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") },
  { title: "says 103 Early Hints and nothing more", send: hangs("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), hangs: true },
];

/** Until the client hangs up. @param {import("node:net").Socket} socket */
function floods(socket) {
  socket.write(HEAD);
  const more = () => {
    while (!socket.destroyed && socket.write("X-Flood: 0123456789\r\n".repeat(100)));
  };
  socket.on("drain", more);
  more();
}

/** @type {readonly BrokenAnswer[]} */
const STATUSES = [
  ...[500, 501, 502, 503, 504, 505, 507, 511, 520, 599, 429, 408].map((status) => ({
    title: `answers with the status ${status}`,
    send: ends(`HTTP/1.1 ${status} Broken\r\nContent-Length: 5\r\n\r\nhello`),
  })),
  { title: "answers with a part of the body, which nobody asked for", send: ends("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\nhello") },
  { title: "answers 304 without having been asked", send: ends('HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n') },
  { title: "answers 300 with a choice", send: ends("HTTP/1.1 300 Multiple Choices\r\nContent-Length: 5\r\n\r\nhello") },
  { title: "redirects to no place", send: ends("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n") },
  { title: "redirects to a file", send: ends("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n") },
  { title: "redirects to what is no URL", send: ends("HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n") },
  { title: "redirects to itself for ever", send: (socket) => socket.write("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n") },
];

/** @type {Readonly<Record<string, (body: string) => Uint8Array>>} */
export const ENCODERS = {
  gzip: (body) => gzipSync(body),
  deflate: (body) => deflateSync(body),
  "deflate (raw)": (body) => deflateRawSync(body),
  br: (body) => brotliCompressSync(body),
  ...zstdIfThere(),
};

/** Node has it from 22.15 on. @returns {Record<string, (body: string) => Uint8Array>} */
function zstdIfThere() {
  const compress = Reflect.get(zlib, "zstdCompressSync");
  return typeof compress === "function" ? { zstd: (body) => compress(body) } : {};
}

// What does not compress well, so that each tenth cuts somewhere else.
const LONG_BODY = Array.from({ length: 500 }, (_, n) => `${n}: ${(n * 7919) % 1009}\n`).join("");

/** Each encoding, cut at each tenth: a part of it has a length, chunks or an end that say that it is all. @type {readonly BrokenAnswer[]} */
const CUTS = Object.entries(ENCODERS).flatMap(([name, encode]) => {
  const encoded = encode(LONG_BODY);
  const encoding = { "content-encoding": name.split(" ")[0] ?? name };
  return [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((tenth) => {
    const cut = encoded.subarray(0, Math.floor((encoded.length * tenth) / 10));
    const title = `cuts a body in ${name} after ${tenth} tenths`;
    return [
      { title: `${title} and gives the length of the rest`, send: sends({ ...encoding, "content-length": cut.length }, cut) },
      { title: `${title} and ends its chunks`, send: sends({ ...encoding, "transfer-encoding": "chunked" }, Buffer.concat([chunks(cut, 100), Buffer.from(LAST_CHUNK)])) },
      { title: `${title} and closes`, send: sends({ ...encoding, connection: "close" }, cut) },
    ];
  });
});

/** zlib passes over what is behind the end of most encodings. @type {readonly BrokenAnswer[]} */
const APPENDED = Object.entries(ENCODERS).map(([name, encode]) => {
  const body = Buffer.concat([encode(LONG_BODY), Buffer.from("Fatal error: in line 1")]);
  return { title: `sends more behind the end of a body in ${name}`, send: sends({ "content-encoding": name.split(" ")[0] ?? name, "content-length": body.length }, body) };
});

const TWO_MEMBERS = Buffer.concat([gzipSync(LONG_BODY), gzipSync(LONG_BODY).subarray(0, 500)]);

const GZIP = gzipSync(LONG_BODY);
const DAMAGED = Buffer.from(GZIP).fill(0x55, 100, 120);
const WRONG_SUM = Buffer.from(GZIP).fill(0, GZIP.length - 8, GZIP.length - 4);
const BOMB = gzipSync(Buffer.alloc(20 * 2 ** 20));

/** @type {readonly BrokenAnswer[]} */
const ENCODINGS = [
  { title: "cuts the second member of a gzip body", send: sends({ "content-encoding": "gzip", "content-length": TWO_MEMBERS.length }, TWO_MEMBERS) },
  { title: "damages the middle of a gzip body", send: sends({ "content-encoding": "gzip", "content-length": DAMAGED.length }, DAMAGED) },
  { title: "gives a gzip body a wrong checksum", send: sends({ "content-encoding": "gzip", "content-length": WRONG_SUM.length }, WRONG_SUM) },
  { title: "calls a plain body gzip", send: sends({ "content-encoding": "gzip", "content-length": 5 }, "hello") },
  { title: "calls a gzip body br", send: sends({ "content-encoding": "br", "content-length": GZIP.length }, GZIP) },
  { title: "uses an encoding that nobody has heard of", send: sends({ "content-encoding": "rot13", "content-length": 5 }, "uryyb") },
  { title: "uses an encoding by the name of a property", send: sends({ "content-encoding": "constructor", "content-length": 5 }, "hello") },
  { title: "says that it has encoded a body a hundred times", send: sends({ "content-encoding": Array(100).fill("gzip").join(", "), "content-length": GZIP.length }, GZIP) },
  { title: "sends a bomb", send: sends({ "content-encoding": "gzip", "content-length": BOMB.length }, BOMB) },
];

/** @type {readonly BrokenAnswer[]} */
export const BROKEN_ANSWERS = [...HEADS, ...FRAMING, ...STATUSES, ...CUTS, ...APPENDED, ...ENCODINGS];
