/** A source that is asked over HTTP answers wrongly, in all the ways in which real ones do. Each by real sockets. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createPlainServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { BROKEN_ANSWERS, ENCODERS } from "../../packages/http/test/support/broken-answers.mjs";
import { answerBytes, chunks, LAST_CHUNK, rawServer, whole } from "../../packages/http/test/support/raw-server.mjs";
import { allFrom, keys, told } from "../src/expect.mjs";
import { asText, isWhole, makeValue } from "../src/value.mjs";

/**
 * @typedef {import("../src/run.mjs").Fault} Fault
 * @typedef {import("../src/context.mjs").Context} Context
 * @typedef {import("../../packages/http/test/support/raw-server.mjs").RawAnswer} RawAnswer
 * @typedef {import("../../packages/http/test/support/raw-server.mjs").RawServer} RawServer
 * @typedef {import("node:net").Socket} Socket
 *
 * @typedef {object} Way A way in which a source answers wrongly.
 * @property {string} id
 * @property {string} title
 * @property {string} injected
 * @property {readonly RawAnswer[]} [answers] What a server says in place of a good answer, one after the other.
 * @property {(context: Context) => Promise<string>} [elsewhere] A URL that is asked in place of that of the server.
 * @property {readonly string[]} [needs]
 */

/** One of each kind. */
const QUICK = new Set(["reset-within-the-headers", "drip-body", "continue-and-part", "length-cut", "chunks-cut", "304", "behind-the-end", "tls-plain", "refused"]);

const KEYS = keys(5);
/** A flood of headers keeps the event loop busy, and a busy machine does the rest. */
const OPTIONS = { backupTimeout: "10s" };
/** For loads of a source that is whole, on a busy machine. */
const PATIENT = { timeout: "20s" };
/** Longer than the ttl of a process under test. */
const EXPIRED_MS = 200;

/** @param {string} path */
function keyIn(path) {
  return decodeURIComponent(path.slice(1));
}

/** @param {string} path */
function freshText(path) {
  return asText(makeValue(keyIn(path), Number(process.hrtime.bigint()), 1_000));
}

/** In turn: with a length, in chunks, until the end, and in each encoding. @type {readonly ((socket: Socket, text: string) => unknown)[]} */
const WHOLE = [
  (socket, text) => whole(text)(socket, NO_REQUEST),
  (socket, text) => socket.write(Buffer.concat([answerBytes("200 OK", { "transfer-encoding": "chunked" }, chunks(text, 100)), Buffer.from(LAST_CHUNK)])),
  (socket, text) => socket.end(answerBytes("200 OK", { connection: "close" }, text)),
  ...Object.entries(ENCODERS).map(([name, encode]) => (/** @type {Socket} */ socket, /** @type {string} */ text) => whole(encode(text), { "content-encoding": name.split(" ")[0] ?? name })(socket, NO_REQUEST)),
];

const NO_REQUEST = { method: "GET", path: "/", headers: {}, body: "" };

let turn = 0;

/** @type {RawAnswer} */
const good = (socket, { path }) => WHOLE[turn++ % WHOLE.length]?.(socket, freshText(path));

/** @param {Context} context @returns {Promise<RawServer>} */
async function startSource(context) {
  const server = await rawServer(good);
  context.after(() => server.stop());
  return server;
}

/**
 * All keys have been loaded. Then the source answers wrongly, again and again. In the end it is whole again.
 * @param {Way} way
 * @returns {Fault}
 */
function broken({ id, title, injected, answers = [], elsewhere, needs = [] }) {
  return {
    id: `http-${id}`,
    area: "http",
    title,
    injected,
    holds: "not a byte of it is answered or kept: the last good answers stand in, marked; a key without one gets an error that says why; then all recover",
    needs,
    quick: QUICK.has(id),
    async run(context) {
      const server = await startSource(context);
      const subject = await context.start({ backup: `file:${await context.directory()}`, options: OPTIONS });
      await subject.source("http", { url: server.url });
      allFrom(await subject.get(KEYS, PATIENT), "loader");
      const rounds = elsewhere === undefined ? answers : [good];
      for (const [round, answer] of rounds.entries()) {
        server.answer = answer;
        if (elsewhere !== undefined) await subject.source("http", { url: await elsewhere(context) });
        await pause(EXPIRED_MS);
        allFrom(await subject.get(KEYS), "backup");
        const [unknown] = await subject.get([`never loaded ${round}`]);
        assert.match(unknown?.error?.message ?? "", /\S/, `a key that was never loaded was answered with ${JSON.stringify(unknown?.value)}`);
      }
      // Nothing of it was kept for later either.
      await subject.source("down");
      await pause(EXPIRED_MS);
      allFrom(await subject.get(KEYS), "backup");
      server.answer = good;
      await subject.source("http", { url: server.url });
      await pause(EXPIRED_MS);
      allFrom(await subject.get(KEYS, PATIENT), "loader");
      assert.equal(told(subject.notes, "recovered"), KEYS.length);
      return `${rounds.length} wrong answers to ${KEYS.length} keys, ${told(subject.notes, "fallback")} fallbacks, ${told(subject.notes, "recovered")} recovered`;
    },
  };
}

/** Those of BROKEN_ANSWERS whose titles say this; all of a way are one row. @param {RegExp} title @returns {RawAnswer[]} */
function answersThat(title) {
  const found = BROKEN_ANSWERS.filter((answer) => title.test(answer.title)).map(({ send }) => send);
  if (found.length === 0) throw new Error(`there is no answer that ${title}`);
  return found;
}

/** @param {string} id @param {string} title @param {RegExp} which @param {string} injected @returns {Way} */
function sent(id, title, which, injected) {
  const answers = answersThat(which);
  return { id, title, injected: answers.length === 1 ? injected : `${injected}; ${answers.length} answers`, answers };
}

/** Writes a piece of it every few milliseconds, and never all. @param {string} begun @param {() => string} piece @returns {RawAnswer} */
function drips(begun, piece) {
  return (socket) => {
    socket.write(begun);
    const dripping = setInterval(() => socket.write(piece()), 20);
    socket.on("close", () => clearInterval(dripping));
  };
}

/** @type {readonly Way[]} */
const RESETS = [
  ["before a word", ""],
  ["within the status line", "HTTP/1.1 20"],
  ["within the headers", "HTTP/1.1 200 OK\r\nContent-Le"],
  ["between headers and body", "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n"],
  ["within a body that has a length", `HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n${"x".repeat(1_000)}`],
  ["within a body that ends with its connection", `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${"x".repeat(1_000)}`],
  ["before the last chunk", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`],
  ["within the trailers", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1`],
].map(([when = "", text = ""]) => ({
  id: `reset-${when.replaceAll(" ", "-")}`,
  title: `the connection is reset ${when}`,
  injected: "RST by SO_LINGER 0, once what was sent has arrived",
  answers: [(/** @type {Socket} */ socket) => void socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 20))],
}));

/** @type {readonly Way[]} */
const DRIPS = [
  { id: "drip-headers", title: "headers that drip", injected: "a header every 20 ms, without end", answers: [drips("HTTP/1.1 200 OK\r\n", () => "X-Drip: 1\r\n")] },
  { id: "drip-body", title: "a body that drips", injected: "a byte of a body that has a length every 20 ms, slower than the load may take", answers: [drips("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n", () => "x")] },
  { id: "drip-chunks", title: "chunks that drip", injected: "a chunk every 20 ms, without a last one", answers: [drips("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", () => "1\r\nx\r\n")] },
  { id: "drip-interim", title: "interim answers without end", injected: "103 Early Hints every 20 ms, and no answer", answers: [drips("", () => "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")] },
];

/** @type {readonly Way[]} */
const INTERIM = [
  { id: "continue-and-close", title: "100 Continue, which nobody expected, and a close", injected: "100 Continue as the answer to a GET", answers: [(socket) => socket.end("HTTP/1.1 100 Continue\r\n\r\n")] },
  { id: "continue-and-part", title: "100 Continue, and then half an answer", injected: "100 Continue, and a body that is cut before its length", answers: [(socket) => socket.end(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n${"x".repeat(100)}`)] },
  sent("hints-and-close", "103 Early Hints, and no answer", /103 Early Hints/, "103, then a close or silence"),
  sent("switches", "a switch to another protocol that nobody asked for", /switches to another protocol/, "101 Switching Protocols"),
];

/** @type {readonly Way[]} */
const SENT = [
  sent("no-word", "no word at all", /^(?:closes without a word|never answers)$/, "a connection that is closed, or silent"),
  sent("cut-head", "a head that breaks off", /within its (?:status line|headers)$/, "a close, a reset or silence within the head"),
  sent("no-http", "an answer in no HTTP", /in no HTTP|version of HTTP/, "the greeting of an SSH server; HTTP/9.9"),
  sent("status-line", "a status line that says nothing", /the status (?:000|99|999)$|status of letters/, "statuses 000, 99, 999 and abc"),
  sent("bad-headers", "headers that are none", /header without a name|a NUL/, "a line without a name; a NUL in a value"),
  sent("header-flood", "floods of headers", /flood of headers|endless header|headers without end/, "10,000 headers; one of 300 kB; headers until the client hangs up"),
  sent("length-cut", "a body that is shorter than its length", /before its Content-Length|first byte of a body/, "a close before the end, of HTTP/1.1 and 1.0"),
  sent("length-silent", "a body that stops", /goes silent in a/, "silence in a body with a length, and in one of chunks"),
  sent("chunks-cut", "chunks without a last one", /closes a chunked body/, "a close between chunks, in one, in the last one, of HTTP/1.1 and 1.0"),
  sent("chunks-wrong", "chunks that are wrong", /gives a chunk/, "a length of letters; more bytes than the length"),
  sent("framing-twice", "two framings at once", /sends (?:a length and chunks|two lengths)/, "a length and chunks; two lengths: how requests are smuggled"),
  sent("length-wrong", "a length that is none", /length that is no number|length below zero/, "Content-Length: five, and -5"),
  sent("transfer-encoded", "an encoding of the transfer that nobody asked for", /encodes the transfer/, "Transfer-Encoding: gzip, alone and within chunks"),
  sent("5xx", "statuses that say that the source is broken", /answers with the status (?:5\d\d|429|408)$/, "twelve statuses, each with a body"),
  sent("206", "a part of the body that nobody asked for", /part of the body/, "206 Partial Content to a request without Range"),
  sent("304", "304 to a request without conditions", /304 without having been asked/, "304 Not Modified"),
  sent("redirects", "redirects that lead nowhere", /redirects to/, "no place, a file, no URL, itself for ever"),
  sent("gzip-damaged", "gzip bodies that are damaged", /damages the middle|wrong checksum|second member/, "bytes changed; a wrong checksum; a second member that is cut"),
  sent("encoding-wrong", "an encoding that is another", /calls a|nobody has heard of|name of a property|a hundred times/, "plain called gzip, gzip called br, rot13, constructor, gzip a hundred times"),
  sent("behind-the-end", "bytes behind the end of an encoding", /more behind the end/, "a message behind a body in each encoding"),
  ...Object.keys(ENCODERS).map((name) => {
    const which = BROKEN_ANSWERS.filter(({ title }) => title.startsWith(`cuts a body in ${name} after`));
    return { id: `cut-${name.replaceAll(/\W+/g, "-").replace(/-$/, "")}`, title: `a body in ${name} that is cut at every tenth`, injected: `each cut with the length of the rest, with a last chunk, and with a close; ${which.length} answers`, answers: which.map(({ send }) => send) };
  }),
];

/** A server of TLS whose body belongs to nobody. @param {Context} context @param {readonly string[]} certificate Options of openssl. @param {readonly string[]} [wrapper] */
async function strangerByTls(context, certificate, wrapper = []) {
  const directory = await context.directory();
  const [program = "", ...options] = [...wrapper, "openssl"];
  const files = ["-keyout", join(directory, "key.pem"), "-out", join(directory, "certificate.pem")];
  execFileSync(program, [...options, "req", "-x509", "-newkey", "rsa:2048", "-nodes", ...files, ...certificate], { stdio: "pipe" });
  const server = createTlsServer({ key: readFileSync(join(directory, "key.pem")), cert: readFileSync(join(directory, "certificate.pem")) }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answerBytes("200 OK", { connection: "close" }, "an answer of a stranger")));
  });
  return `https://127.0.0.1:${await listening(context, server)}/`;
}

/** @param {Context} context @param {import("node:net").Server} server */
async function listening(context, server) {
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  const address = server.address();
  return typeof address === "object" ? address?.port : undefined;
}

/** A port that speaks no TLS. @param {(socket: Socket) => unknown} serve */
function noTls(serve) {
  return async (/** @type {Context} */ context) => {
    const server = createPlainServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => serve(socket));
    });
    return `https://127.0.0.1:${await listening(context, server)}/`;
  };
}

const HERE = ["-days", "10", "-subj", "/CN=here", "-addext", "subjectAltName=IP:127.0.0.1"];

/** @type {readonly Way[]} */
const PLACES = [
  { id: "tls-unknown", title: "a certificate that nobody vouches for", injected: "a server of TLS with a certificate of its own", needs: ["openssl"], elsewhere: (context) => strangerByTls(context, HERE) },
  { id: "tls-other-name", title: "a certificate for another name", injected: "a server of TLS for another.example", needs: ["openssl"], elsewhere: (context) => strangerByTls(context, ["-days", "10", "-subj", "/CN=another.example", "-addext", "subjectAltName=DNS:another.example"]) },
  { id: "tls-expired", title: "a certificate that is over", injected: "a server of TLS with a certificate of three years ago, by faketime", needs: ["openssl", "faketime"], elsewhere: (context) => strangerByTls(context, HERE, ["faketime", "3 years ago"]) },
  { id: "tls-plain", title: "a port that speaks no TLS", injected: "an answer in plain HTTP to a greeting of TLS", elsewhere: noTls((socket) => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nhello")) },
  { id: "tls-closed", title: "a handshake of TLS that breaks off", injected: "a close after the greeting of TLS", elsewhere: noTls((socket) => socket.end()) },
  { id: "tls-reset", title: "a handshake of TLS that is reset", injected: "RST after the greeting of TLS", elsewhere: noTls((socket) => socket.resetAndDestroy()) },
  { id: "tls-silent", title: "a handshake of TLS that never ends", injected: "silence after the greeting of TLS", elsewhere: noTls(() => {}) },
  { id: "dns", title: "a name that is not there", injected: "a host of the domain .invalid, which no resolver may know", elsewhere: async () => "http://source.invalid/" },
  { id: "refused", title: "a port where nobody listens", injected: "a port that was closed a moment ago", elsewhere: async (context) => `http://127.0.0.1:${await closedPort(context)}/` },
];

/** @param {Context} context */
async function closedPort(context) {
  const server = createPlainServer();
  const port = await listening(context, server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** @type {readonly Way[]} */
const WAYS = [...RESETS, ...DRIPS, ...INTERIM, ...SENT, ...PLACES];

/** @type {readonly Fault[]} */
export const httpFaults = [
  ...WAYS.map(broken),
  {
    id: "http-unasked-answer",
    area: "http",
    title: "an answer that nobody has asked for",
    injected: "behind each good answer, on the connection that the next request will use, comes a second answer",
    holds: "it is nobody's answer",
    quick: true,
    async run(context) {
      const server = await startSource(context);
      server.answer = (socket, { path }) => socket.write(Buffer.concat([wholeAnswer(freshText(path)), wholeAnswer("an answer of a stranger")]));
      const subject = await context.start({ backup: `file:${await context.directory()}`, options: OPTIONS });
      await subject.source("http", { url: server.url });
      for (let round = 0; round < 5; round++) {
        for (const key of KEYS) allFrom(await subject.get([key], PATIENT), "loader");
        await pause(EXPIRED_MS);
      }
      return `${server.requests.length} answers, each with a second one behind it`;
    },
  },
  {
    id: "control-http-taken-as-it-comes",
    area: "http",
    title: "control: a client that takes what has come is caught, in each of these ways",
    injected: `a loader that answers with whatever has come by the time that something fails, and every way of this table (${WAYS.length})`,
    holds: "the oracle finds values that are not whole, for each way",
    needs: ["openssl", "faketime"],
    caught: "torn",
    patienceMs: 600_000,
    async run(context) {
      const server = await startSource(context);
      const subject = await context.start({ backup: `file:${await context.directory()}`, options: OPTIONS });
      let caught = 0;
      for (const { id, answers = [], elsewhere } of WAYS) {
        for (const [number, answer] of (elsewhere === undefined ? answers : [good]).entries()) {
          server.answer = answer;
          await subject.source("http, taken as it comes", { url: (await elsewhere?.(context)) ?? server.url });
          const [note] = await subject.get([`${id} ${number}`], PATIENT);
          assert.ok(note?.source === "loader" && !isWhole(note.value), `${id}: such a client was not caught, but got ${JSON.stringify(note)}`);
          caught++;
        }
      }
      return `${caught} wrong answers, of ${WAYS.length} ways`;
    },
  },
];

/** @param {string} text */
function wholeAnswer(text) {
  return answerBytes("200 OK", { "content-length": Buffer.byteLength(text) }, text);
}
