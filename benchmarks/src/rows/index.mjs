/** All rows, in the order of the table. */

import { cull, eventLoop, write } from "./durable.mjs";
import { announced, near, tags } from "./fleet.mjs";
import { fetched, served } from "./http.mjs";
import { fallback, heap, hit, miss, missOnNode24, stampede } from "./memory.mjs";
import { imports, size } from "./packages.mjs";
import { restarted } from "./restart.mjs";
import { memcached, redis } from "./shared.mjs";
import { keys, values } from "./sizes.mjs";
import { tails } from "./steady.mjs";
import { telemetry } from "./telemetry.mjs";

/** @type {readonly import("./row.mjs").Row[]} */
export const rows = [hit, telemetry, miss, missOnNode24, fallback, restarted, tails, stampede, redis, memcached, near, announced, tags, heap, write, eventLoop, cull, values, keys, fetched, served, imports, size];
