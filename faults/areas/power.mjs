/** The power goes, and with it all that has not reached the disk. */

import { cutPower } from "../src/machine/power.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault */

const RUNS = 12;

/**
 * @param {Pick<Fault, "id" | "title"> & { fileSystem: "ext4" | "xfs", mount?: string, scheme: string, runs?: number }} fault
 * @returns {Fault}
 */
function powerCut({ id, title, fileSystem, mount = "defaults", scheme, runs = RUNS }) {
  return {
    id,
    area: "power",
    title,
    injected: `${runs} power cuts of a loop-mounted ${fileSystem} (${mount}) under load: the shutdown ioctl, without flushing the log`,
    holds: "whatever was answered before the cut, or something newer, is there after it",
    needs: ["root", "disks"],
    async run(context) {
      const store = (/** @type {string} */ path) => ({ backup: `${scheme}:${path}/backups` });
      const { answers, damaged } = await cutPower(context, { runs, fileSystem, mount, store });
      return `${runs} cuts after ${answers} answers, ${damaged} with damage`;
    },
  };
}

/** @type {readonly Fault[]} */
export const powerFaults = [
  powerCut({ id: "power-fs-ext4", title: "a directory on ext4", fileSystem: "ext4", scheme: "file" }),
  powerCut({ id: "power-fs-ext4-noauto", title: "a directory on ext4 that does not help careless programs", fileSystem: "ext4", mount: "noauto_da_alloc", scheme: "file" }),
  powerCut({ id: "power-fs-xfs", title: "a directory on xfs", fileSystem: "xfs", scheme: "file" }),
  powerCut({ id: "power-sqlite-ext4", title: "SQLite on ext4", fileSystem: "ext4", scheme: "sqlite" }),
  powerCut({ id: "power-sqlite-xfs", title: "SQLite on xfs", fileSystem: "xfs", scheme: "sqlite" }),
];
