/**
 * Installs the servers that the tests need, where they are missing and that can be done; where it cannot, fails and says
 * what to type. Names of services as arguments see to those alone: `node scripts/test-services.mjs redis`.
 */

import { install, serviceNames } from "../services/src/index.mjs";
import { stopwatch } from "./lib/run.mjs";

const names = process.argv.length > 2 ? process.argv.slice(2) : serviceNames();

for (const name of names) {
  const elapsed = stopwatch();
  try {
    console.log(`services  ${name}: ${await install(name)}, ${elapsed()}`);
  } catch (error) {
    console.error(`services  ${name}: ${/** @type {Error} */ (error).message}`);
    process.exitCode = 1;
  }
}
