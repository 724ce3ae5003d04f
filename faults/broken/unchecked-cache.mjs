/** A cache in files that answers with whatever it finds: it puts a new checksum over what it has read, so that none is ever wrong. */

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/** @typedef {import("@lastgood/core/adapter").ByteCacheAdapter} ByteCacheAdapter */
/** @typedef {import("@lastgood/core/adapter").CacheFactory} CacheFactory */

/** The checksum is the last four bytes of an envelope. */
const CHECKSUM = 4;

/** @param {string} directory @returns {ByteCacheAdapter} */
function create(directory) {
  return {
    name: "unchecked-cache",
    stores: "bytes",
    get: (id) => readFile(join(directory, id)).then(sealed, () => undefined),
    set: (id, bytes) => writeFile(join(directory, id), bytes),
    delete: (id) => rm(join(directory, id), { force: true }),
  };
}

/** @param {Buffer} bytes */
function sealed(bytes) {
  if (bytes.length > CHECKSUM) bytes.writeUInt32LE(crc32(bytes.subarray(0, -CHECKSUM)), bytes.length - CHECKSUM);
  return bytes;
}

/** @type {CacheFactory} */
export const uncheckedCache = Object.assign(create, {
  kind: /** @type {const} */ ("cache"),
  schemes: ["unchecked-cache"],
  urlOptions: [],
  /** @param {import("@lastgood/core/adapter").StoreUrl} url */
  fromUrl: ({ location }) => create(location),
});
