/** Holds every package to the laws in scripts/laws: the same files, the same package.json, and who may import what. */

import { checkPackages } from "./lib/laws.mjs";
import { root } from "./lib/run.mjs";

const { packages, laws, violations } = checkPackages(root);
for (const violation of violations) console.error(violation);
console.log(`${packages} packages, ${laws} laws, ${violations.length} violations`);
if (violations.length > 0) process.exitCode = 1;
