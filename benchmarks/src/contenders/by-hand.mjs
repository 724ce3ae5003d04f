/** What a careful engineer builds without a library: the work of lastgood at a miss and at a fallback, with what Node has. */

import { hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { crc32 } from "node:zlib";

const TTL = 5 * 60_000;

/**
 * A cache, one load at a time, and a second copy in bytes. The copy has been read back and compared, and has a checksum.
 * @param {import("./memory.mjs").Need} need
 * @returns {import("./memory.mjs").Opened}
 */
export function sameWorkByHand({ load, loadsAlways = false }) {
  /** @type {Map<string, { value: unknown, expiresAt: number }>} */
  const cache = new Map();
  /** @type {Map<string, Promise<unknown>>} */
  const loads = new Map();
  const backups = new Backups();

  const loadOnce = async (/** @type {string} */ key) => {
    try {
      const value = await load(key);
      backups.keep(key, value);
      cache.set(key, { value, expiresAt: Date.now() + TTL });
      return value;
    } catch (error) {
      return backups.read(key, error);
    } finally {
      loads.delete(key);
    }
  };

  return {
    async get(key) {
      const known = loadsAlways ? undefined : cache.get(key);
      if (known !== undefined && known.expiresAt > Date.now()) return known.value;
      const loading = loads.get(key) ?? loadOnce(key);
      loads.set(key, loading);
      return loading;
    },
  };
}

class Backups {
  /** @type {Map<string, { bytes: Buffer, sum: number, loadedAt: number }>} */
  #byId = new Map();

  /** @param {string} key @param {unknown} value */
  keep(key, value) {
    const text = JSON.stringify(value);
    if (!isDeepStrictEqual(JSON.parse(text), value)) throw new TypeError(`the value of ${key} does not survive JSON`);
    const bytes = Buffer.from(text);
    this.#byId.set(idOf(key), { bytes, sum: crc32(bytes), loadedAt: Date.now() });
  }

  /** @param {string} key @param {unknown} error What the loader failed with. */
  read(key, error) {
    const backup = this.#byId.get(idOf(key));
    if (backup === undefined || crc32(backup.bytes) !== backup.sum) throw error;
    return JSON.parse(backup.bytes.toString());
  }
}

/** @param {string} key */
function idOf(key) {
  return hash("sha256", key, "base64url");
}
