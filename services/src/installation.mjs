/** Whether the programs are there, and how to get them. */

import { existsSync } from "node:fs";
import { servicePlan } from "./catalogue.mjs";
import { run } from "./commands.mjs";

/** @typedef {Pick<import("./catalogue.mjs").ServicePlan, "check" | "debian">} Programs */

/** @param {Programs} programs @returns {Promise<boolean>} */
export async function isInstalled({ check }) {
  try {
    for (const command of check) await run(command);
    return true;
  } catch {
    return false;
  }
}

/** @param {Programs} programs @returns {string} What to type on Debian, as root. */
function installCommand({ debian }) {
  return `apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${debian.join(" ")}`;
}

/** @param {Programs} programs @returns {Error} */
export function notInstalled(programs) {
  const { check, debian } = programs;
  const names = check.map(([program]) => program).join(", ");
  return new Error(`This needs ${names}, and not all of it is there. Install ${debian.join(" and ")}, on Debian or Ubuntu by:

  sudo sh -c "${installCommand(programs)}"

and run the same command again.`);
}

/**
 * Installs what is missing, where that can be done.
 * @param {string | Programs} needed The name of a service, or the programs themselves.
 * @returns {Promise<"there" | "installed">}
 * @throws An error that says what to type, where it cannot.
 */
export async function install(needed) {
  const programs = typeof needed === "string" ? servicePlan(needed) : needed;
  if (await isInstalled(programs)) return "there";
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) throw notInstalled(programs);
  await run(["sh", "-c", installCommand(programs)]);
  if (await isInstalled(programs)) return "installed";
  throw notInstalled(programs);
}
