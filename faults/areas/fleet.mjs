/** Several processes share a Redis and a backup, and Redis, the network or one of the processes fails. */

import { fleetClockFaults } from "./fleet-clocks.mjs";
import { fleetControls } from "./fleet-controls.mjs";
import { fleetLeaseFaults } from "./fleet-leases.mjs";
import { fleetNetworkFaults } from "./fleet-network.mjs";
import { fleetProcessFaults } from "./fleet-processes.mjs";
import { fleetRedisFaults } from "./fleet-redis.mjs";

/** @type {readonly import("../src/run.mjs").Fault[]} */
export const fleetFaults = [...fleetRedisFaults, ...fleetNetworkFaults, ...fleetProcessFaults, ...fleetClockFaults, ...fleetLeaseFaults, ...fleetControls];
