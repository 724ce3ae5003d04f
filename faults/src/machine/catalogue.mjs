/** Faults of the machine: its disks, its processes, its power, its clock. */

import { controls } from "../../areas/controls.mjs";
import { fileCallFaults } from "../../areas/file-calls.mjs";
import { fileSystemFaults } from "../../areas/file-system.mjs";
import { powerFaults } from "../../areas/power.mjs";
import { processFaults } from "../../areas/process.mjs";

/** @type {readonly import("../run.mjs").Fault[]} */
export const machineFaults = [...fileSystemFaults, ...fileCallFaults, ...processFaults, ...powerFaults, ...controls];
