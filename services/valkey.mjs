/**
 * Valkey, the server that grew out of Redis 7.2. Debian 12 has it among its backports, and later releases have it themselves.
 *
 *     node services/valkey.mjs LINK          leads LINK to the program of the server, and unpacks that when missing
 */

import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./src/commands.mjs";
import { provideUnpacked, release } from "./src/debian.mjs";

const suite = release() === "bookworm" ? "bookworm-backports" : release();
/** One program under several names, which does what its name says. */
const PROGRAM = "valkey-check-rdb";

const [link = ""] = process.argv.slice(2);
try {
  const tryOut = (/** @type {string} */ folder) => run([join(folder, PROGRAM), "--version"]);
  await provideUnpacked({ name: "valkey", suite, packages: ["valkey-tools"], path: "usr/bin", tryOut }, `${link}.bin`);
  await symlink(join(`${link}.bin`, PROGRAM), link);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
