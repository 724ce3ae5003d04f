/** All rows, in the order of the table. */

import { cull, eventLoop, write } from "./durable.mjs";
import { fetched, served } from "./http.mjs";
import { fallback, heap, hit, miss, stampede } from "./memory.mjs";
import { imports, size } from "./packages.mjs";
import { memcached, redis } from "./shared.mjs";
import { keys, values } from "./sizes.mjs";
import { telemetry } from "./telemetry.mjs";

/** @type {readonly import("./row.mjs").Row[]} */
export const rows = [hit, telemetry, miss, fallback, stampede, redis, memcached, heap, write, eventLoop, cull, values, keys, fetched, served, imports, size];
