/**
 * What Ceph needs before it starts, and between its servers. It keeps everything in memory, once, and without passwords between its servers:
 * it is here for what it says as an S3 server.
 *
 *     node services/ceph.mjs prepare DIRECTORY MONITOR PORT   writes the configuration, makes the monitor's own store, and `start-osd`, which starts the object store
 *     node services/ceph.mjs osd DIRECTORY                    makes the one object store, and makes it known
 *     node services/ceph.mjs user DIRECTORY SECRET            makes a user and the pools of buckets, and writes the keys to credentials.json
 */

import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./src/commands.mjs";

const [task, directory = "", first = "", second = ""] = process.argv.slice(2);
const configuration = join(directory, "ceph.conf");

/** @param {string} monitor @param {number} port The object store listens on this one and some behind it. */
async function prepare(monitor, port) {
  const fsid = randomUUID();
  const lines = [
    "[global]",
    `fsid = ${fsid}`,
    "mon initial members = a",
    `mon host = v2:${monitor}/0`,
    "auth cluster required = none",
    "auth service required = none",
    "auth client required = none",
    "osd pool default size = 1",
    "osd pool default pg num = 8",
    "osd pool default pg autoscale mode = off",
    "osd crush chooseleaf type = 0",
    "mon allow pool size one = true",
    "ms bind msgr1 = false",
    "ms mon client mode = crc", // there are no keys to encrypt with
    "auth allow insecure global id reclaim = false",
    "mon data avail warn = 0",
    `run dir = ${directory}`,
    `admin socket = ${directory}/$name.asok`,
    `log file = ${directory}/$name.log`,
    "[mon]",
    `mon data = ${directory}/mon-data`,
    "[osd]",
    `osd data = ${directory}/osd-data`,
    "osd objectstore = memstore",
    "memstore device bytes = 4294967296",
    "public addr = 127.0.0.1",
    `ms bind port min = ${port}`,
    `ms bind port max = ${port + 20}`,
    "[client.rgw]",
    `rgw data = ${directory}/rgw-data`,
    "rgw enable usage log = false",
    "rgw enable ops log = false",
  ];
  await writeFile(configuration, `${lines.join("\n")}\n`);
  for (const folder of ["mon-data", "osd-data", "rgw-data"]) await mkdir(join(directory, folder));
  await run(["ceph-mon", "--mkfs", "-i", "a", "-c", configuration, "--fsid", fsid]);
  const makeKnown = [process.execPath, fileURLToPath(import.meta.url), "osd", directory].map((part) => `'${part}'`).join(" ");
  await writeFile(join(directory, "start-osd"), `#!/bin/sh\n${makeKnown} && exec ceph-osd -f -i 0 -c '${configuration}'\n`, { mode: 0o755 });
}

async function makeObjectStore() {
  const id = randomUUID();
  await run(["ceph", "-c", configuration, "osd", "new", id, "0"]);
  await run(["ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", id, "-c", configuration]);
}

/** Else the first write of a test makes them, which takes seconds. */
const POOLS = ["index", "data", "non-ec"].map((name) => `default.rgw.buckets.${name}`);

/** @param {string} secret */
async function makeUser(secret) {
  const keys = { accessKeyId: "lastgood", secretAccessKey: secret };
  await run([
    "radosgw-admin", "-c", configuration, "-n", "client.rgw", "user", "create", "--uid=lastgood", "--display-name=lastgood",
    `--access-key=${keys.accessKeyId}`, `--secret-key=${keys.secretAccessKey}`,
  ]);
  for (const pool of POOLS) await run(["ceph", "-c", configuration, "osd", "pool", "create", pool, "8"]);
  await writeFile(join(directory, "credentials.json"), JSON.stringify(keys), { mode: 0o600 });
}

try {
  if (task === "prepare") await prepare(first, Number(second));
  else if (task === "osd") await makeObjectStore();
  else await makeUser(first);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
