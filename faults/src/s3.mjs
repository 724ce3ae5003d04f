/** An S3 server for a fault, and somebody in front of it who answers in its place when told to. */

import { readFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, request as forward } from "node:http";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";

/**
 * @typedef {import("./context.mjs").Context} Context
 * @typedef {import("node:http").IncomingMessage} IncomingMessage
 * @typedef {import("node:http").ServerResponse} ServerResponse
 *
 * @typedef {object} Asked
 * @property {"get" | "put" | "delete" | "list"} operation
 * @property {IncomingMessage} request
 * @property {ServerResponse} response
 *
 * @typedef {{ url: string, before: (asked: Asked) => unknown }} Between `before` runs before a request is passed on; `true`
 *   is for "leave it to me".
 */

const BUCKET = "faults";

/** A server with a bucket, and what a process needs to use it as its backup. @param {Context} context */
export async function startS3(context) {
  const service = await context.service("s3");
  const credentials = JSON.parse(readFileSync(join(service.dir, "credentials.json"), "utf8"));
  const client = new S3Client({ endpoint: service.url, region: "us-east-1", forcePathStyle: true, credentials });
  context.after(() => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  return {
    server: service.first,
    client,
    bucket: BUCKET,
    between: await interpose(context, service.url),
    env: { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    /** @param {string} endpoint */
    urlAt: (endpoint) => `s3://${BUCKET}?region=us-east-1&forcePathStyle=true&endpoint=${encodeURIComponent(endpoint)}`,
    url: `s3://${BUCKET}?region=us-east-1&forcePathStyle=true&endpoint=${encodeURIComponent(service.url)}`,
  };
}

/** @param {Context} context @param {string} target @returns {Promise<Between>} */
async function interpose(context, target) {
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const asked = { operation: operationOf(request), request, response };
    if ((await between.before(asked)) !== true) passOn(target, asked, body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address()); // it listens on a port
  /** @type {Between} */
  const between = { url: `http://127.0.0.1:${port}`, before: () => undefined };
  return between;
}

/** @param {IncomingMessage} request @returns {Asked["operation"]} */
function operationOf({ method, url = "" }) {
  if (method === "GET") return url.includes("list-type") ? "list" : "get";
  return method === "PUT" ? "put" : "delete";
}

/** @param {IncomingMessage} request @returns {Promise<Buffer>} Whole, or as far as it has come when the client goes away. */
async function bodyOf(request) {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  await once(request, "close");
  return Buffer.concat(chunks);
}

/** @param {string} target @param {Asked} asked @param {Buffer} body */
function passOn(target, { request: { method, headers, url }, response }, body) {
  const onward = forward(`${target}${url}`, { method, headers }, (answer) => {
    const { connection: _, date, ...kept } = answer.headers;
    // What was set before is of a server that tells another time.
    if (date !== undefined && !response.hasHeader("date")) response.setHeader("date", date);
    response.writeHead(answer.statusCode ?? 500, kept);
    answer.on("error", () => response.destroy()).pipe(response);
  });
  onward.on("error", () => response.destroy()).end(body);
}

/** Answers with this, whatever was sent. @param {Asked} asked @param {number} status @param {string} [text] */
export function reply({ response }, status, text = "") {
  response.writeHead(status, { "content-length": Buffer.byteLength(text) }).end(text);
  return true;
}

/** Answers as S3 tells of an error. @param {Asked} asked @param {number} status @param {string} code */
export function refuse(asked, status, code) {
  return reply(asked, status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>It was told to.</Message></Error>`);
}
