/** What is written by one version of Node, bun or Deno, to be read by another. */

import { compressedCodec, encryptedCodec, jsonCodec, structuredCodec } from "@lastgood/core";

/** Each time the same, so that another process reads what it encrypts. */
const keys = [{ id: "2026", secret: Buffer.alloc(32, "a secret for tests alone ") }];

/** Every codec there is, each around the default one and around JSON. */
const codecs = {
  structured: structuredCodec,
  json: jsonCodec,
  compressed: compressedCodec({ threshold: 0 }),
  "compressed json": compressedCodec({ codec: jsonCodec, threshold: 0 }),
  encrypted: encryptedCodec({ keys }),
  "encrypted compressed json": encryptedCodec({ keys, codec: compressedCodec({ codec: jsonCodec, threshold: 0 }) }),
};

const plain = {
  nothing: null,
  text: "Grüße, 世界, 🌍",
  numbers: [0, -1.5, Number.MAX_SAFE_INTEGER, 1e300],
  nested: { yes: true, no: false, list: [[], {}] },
};

const rich = {
  ...plain,
  none: undefined,
  numbers: [...plain.numbers, -0, NaN, Infinity],
  big: 2n ** 200n,
  when: new Date(1_700_000_000_000),
  map: new Map([["key", new Set([1, "1", new Date(0)])]]),
  pattern: /a+b/giu,
  error: new RangeError("out of range"),
  typed: [new Float64Array([Math.PI, -0]), new Uint8Array([0, 255]), new BigInt64Array([-1n])],
  holes: [1, , 3], // eslint-disable-line no-sparse-arrays
};

/** bun has a form of its own for what has a Buffer in it. */
const values = { plain, rich: Object.assign(rich, { self: rich }), "rich with a Buffer": { ...rich, bytes: Buffer.from("bytes") } };

/**
 * A codec and a value for it, which is plain where the codec is of JSON.
 *
 * @typedef {object} Sample
 * @property {string} key
 * @property {import("@lastgood/core").Codec} codec
 * @property {unknown} value
 * @property {boolean} isPlain
 */

/** @type {readonly Sample[]} */
export const samples = Object.entries(codecs).flatMap(([name, codec]) =>
  Object.entries(values).flatMap(([kind, value]) => {
    const isPlain = kind === "plain";
    return isPlain || !name.endsWith("json") ? [{ key: `${name}, ${kind}`, codec, value, isPlain }] : [];
  }),
);
