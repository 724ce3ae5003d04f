/** Whether the programs are there, and how to get them. */

import { existsSync } from "node:fs";
import { servicePlan } from "./catalogue.mjs";
import { run } from "./commands.mjs";

/** @param {string} name @returns {Promise<boolean>} */
export async function isInstalled(name) {
  try {
    for (const command of servicePlan(name).check) await run(command);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name @returns {string} What to type on Debian, as root. */
function installCommand(name) {
  const packages = servicePlan(name).debian.join(" ");
  return `apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${packages}`;
}

/** @param {string} name @returns {Error} */
export function notInstalled(name) {
  const { check, debian } = servicePlan(name);
  const programs = check.map(([program]) => program).join(", ");
  return new Error(`The tests need ${programs}, and not all of it is there. Install ${debian.join(" and ")}, on Debian or Ubuntu by:

  sudo sh -c "${installCommand(name)}"

and run the same command again.`);
}

/**
 * Installs what is missing, where that can be done.
 * @param {string} name
 * @returns {Promise<"there" | "installed">}
 * @throws An error that says what to type, where it cannot.
 */
export async function install(name) {
  if (await isInstalled(name)) return "there";
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) throw notInstalled(name);
  await run(["sh", "-c", installCommand(name)]);
  if (await isInstalled(name)) return "installed";
  throw notInstalled(name);
}
