/** All faults there are, in the order in which they are run and shown. */

import { blockedFaults } from "../areas/blocked.mjs";
import { damageFaults } from "../areas/damage.mjs";
import { fleetFaults } from "../areas/fleet.mjs";
import { formatFaults } from "../areas/formats.mjs";
import { httpFaults } from "../areas/http.mjs";
import { loaderFaults } from "../areas/loader.mjs";
import { memcachedFaults } from "../areas/memcached.mjs";
import { postgresFaults } from "../areas/postgres.mjs";
import { redisFaults } from "../areas/redis.mjs";
import { s3Faults } from "../areas/s3.mjs";
import { securityFaults } from "../areas/security.mjs";
import { outageFaults } from "../areas/total-outage.mjs";
import { machineFaults } from "./machine/catalogue.mjs";

/** @typedef {import("./run.mjs").Fault} Fault */

/** @type {readonly Fault[]} */
export const faults = [
  ...loaderFaults,
  ...httpFaults,
  ...redisFaults,
  ...blockedFaults,
  ...memcachedFaults,
  ...s3Faults,
  ...postgresFaults,
  ...damageFaults,
  ...outageFaults,
  ...fleetFaults,
  ...formatFaults,
  ...securityFaults,
  ...machineFaults,
];

/**
 * @param {readonly string[]} names Ids and areas; none for all faults.
 * @returns {Fault[]}
 */
export function chosenFaults(names) {
  const unknown = names.filter((name) => !faults.some(({ id, area }) => id === name || area === name));
  if (unknown.length > 0) {
    const areas = Array.from(new Set(faults.map(({ area }) => area))).join(", ");
    throw new RangeError(`there is no fault or area "${unknown.join('", "')}": areas are ${areas}, and FAULTS.md has the names of all faults`);
  }
  return faults.filter(({ id, area }) => names.length === 0 || names.includes(id) || names.includes(area));
}
