/** Faults of the machine: its disks, its processes, its power, its clock. */

import { clockFaults } from "../../areas/clock.mjs";
import { controls } from "../../areas/controls.mjs";
import { deployFaults } from "../../areas/deploy.mjs";
import { fileCallFaults } from "../../areas/file-calls.mjs";
import { fileSystemFaults } from "../../areas/file-system.mjs";
import { powerFaults } from "../../areas/power.mjs";
import { processFaults } from "../../areas/process.mjs";
import { sqliteFaults } from "../../areas/sqlite.mjs";

/** @type {readonly import("../run.mjs").Fault[]} */
export const machineFaults = [
  ...fileSystemFaults,
  ...fileCallFaults,
  ...sqliteFaults,
  ...processFaults,
  ...powerFaults,
  ...clockFaults,
  ...deployFaults,
  ...controls,
];
