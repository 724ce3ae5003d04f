/**
 * Makes what a PostgreSQL server needs before it starts.
 *
 *     node services/postgres.mjs DIRECTORY PASSWORD
 *
 * Afterwards there are in DIRECTORY:
 *
 *     run         starts what follows it as the user who may: PostgreSQL refuses to be root
 *     data        a cluster whose one role is "lastgood", a superuser
 *     users.txt   that role and its password, for PgBouncer
 */

import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { run } from "./src/commands.mjs";

const USER = "postgres"; // Debian's package makes it.

const [directory = "", password = ""] = process.argv.slice(2);
const isRoot = process.getuid?.() === 0;

/** @returns {Promise<string>} Where Debian has the server's programs: it puts one folder for each version, and none into PATH. */
async function programs() {
  const versions = await readdir("/usr/lib/postgresql").catch(() => []);
  const newest = versions.sort((one, other) => Number(other) - Number(one))[0];
  return newest === undefined ? "" : join("/usr/lib/postgresql", newest, "bin");
}

async function makeStarter() {
  const changeUser = isRoot ? `setpriv --reuid=${USER} --regid=${USER} --clear-groups ` : "";
  const path = [await programs(), "/usr/sbin"].join(delimiter);
  await writeFile(join(directory, "run"), `#!/bin/sh\nPATH=${path}:$PATH exec ${changeUser}"$@"\n`, { mode: 0o755 });
  // Others may pass through it, to what is theirs.
  await chmod(directory, 0o711);
}

async function makeCluster() {
  const users = join(directory, "users.txt");
  const secret = join(directory, "secret");
  const data = join(directory, "data");
  await writeFile(users, `"lastgood" "${password}"\n`, { mode: 0o600 });
  await writeFile(secret, password, { mode: 0o600 });
  await mkdir(data, { mode: 0o700 });
  if (isRoot) await run(["chown", USER, users, secret, data]);
  await run([
    join(directory, "run"), "initdb", "--pgdata", data, "--username", "lastgood", "--pwfile", secret, "--auth", "scram-sha-256",
    "--encoding", "UTF8", "--locale", "C", "--data-checksums", "--no-sync",
  ], { cwd: directory });
}

await makeStarter();
await makeCluster();
