/** Another Node, as a package of npm, in a folder of its own. */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { command } from "./command.mjs";

const VERSION = "24.9.0";
const NAME = `node-${process.platform}-${process.arch}`;
const FOLDER = fileURLToPath(new URL("../../node_modules/.cache/node-24", import.meta.url));
const PROGRAM = join(FOLDER, "node_modules", NAME, "bin/node");

/** Starts the process under test with it, in the place of this Node. */
export const ON_NODE_24 = ["sh", "-c", 'node="$1"; shift 2; exec "$node" "$@"', "sh", PROGRAM];

/** Installs it, where it is not there. @returns {Promise<string>} Its version. */
export async function installNode24() {
  if (!existsSync(PROGRAM)) {
    await mkdir(FOLDER, { recursive: true });
    await command("npm", "install", "--prefix", FOLDER, "--no-save", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", `${NAME}@${VERSION}`);
  }
  return (await command(PROGRAM, "--version")).trim();
}
