import { asBuffer } from "../../base/bytes.ts";
import type { Codec } from "./codec.ts";

/**
 * A codec for records that other programs read: UTF-8 JSON. It refuses values that JSON would change, such as a Date, `NaN` or
 * a Map. Only a property whose value is `undefined` may be lost.
 *
 * @example
 * ```ts
 * import { Datastore, jsonCodec } from "@lastgood/core";
 * import { fsBackup } from "@lastgood/backup-fs";
 * import { memoryCache } from "@lastgood/cache-memory";
 *
 * const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups"), codec: jsonCodec });
 * ```
 */
export const jsonCodec: Codec = {
  name: "json",
  encode(value) {
    const text: unknown = JSON.stringify(value);
    if (typeof text !== "string") throw new TypeError(`JSON has no ${typeof value}`);
    return Buffer.from(text);
  },
  decode(bytes) {
    return JSON.parse(asBuffer(bytes).toString());
  },
};
