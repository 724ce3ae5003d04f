/** How the process under test gets its values over HTTP: as the product does, and as a client does that looks at nothing. */

import { get as getPlainly } from "node:http";
import { get as getByTls } from "node:https";
import * as zlib from "node:zlib";
import { httpLoader } from "@lastgood/http";
import { fromText } from "./value.mjs";

/** @typedef {import("@lastgood/core").LoadContext} LoadContext */

/** Shorter than the time-out that the harness sets. */
const PATIENCE_MS = 300;

/** @param {string} key @param {string} base */
function addressOf(key, base) {
  return new URL(encodeURIComponent(key), base);
}

/**
 * Gets the value of a key as a program does that uses `httpLoader`. What it reads the body with refuses nothing, so that any part of a
 * damaged body shows.
 * @param {LoadContext} context
 * @param {string} base
 */
export async function loadByHttp(context, base) {
  return await httpLoader(addressOf(context.key, base), { parse: async (response) => fromText(await response.text()) })(context);
}

/**
 * The mistake of many programs: what has come by the time that something fails is the answer.
 * @param {LoadContext} context
 * @param {string} base
 */
export async function takeAsItComes({ key }, base) {
  /** @type {Buffer[]} */
  const chunks = [];
  /** @type {string | undefined} */
  let encoding;
  await new Promise((resolve) => {
    const url = addressOf(key, base);
    const options = { agent: false, insecureHTTPParser: true, rejectUnauthorized: false };
    const request = (url.protocol === "https:" ? getByTls : getPlainly)(url, options, (response) => {
      encoding = response.headers["content-encoding"];
      response.on("data", (chunk) => chunks.push(chunk)).on("error", resolve).on("end", resolve).on("close", resolve);
    });
    const late = setTimeout(() => request.destroy(), PATIENCE_MS);
    request.on("error", resolve).on("upgrade", resolve).on("close", () => resolve(clearTimeout(late)));
  });
  return fromText(decodedAsFarAsItGoes(Buffer.concat(chunks), encoding).toString());
}

/** @param {Buffer} bytes @param {string | undefined} encoding */
function decodedAsFarAsItGoes(bytes, encoding) {
  const finishFlush = zlib.constants.Z_SYNC_FLUSH;
  try {
    if (encoding === "gzip") return zlib.gunzipSync(bytes, { finishFlush });
    if (encoding === "deflate") return zlib.inflateSync(bytes, { finishFlush });
    if (encoding === "br") return zlib.brotliDecompressSync(bytes, { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH });
  } catch {}
  return bytes;
}
