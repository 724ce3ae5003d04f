/** Stores that are broken in ways that are often seen. Each has to be caught: a harness that lets one pass is broken. */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { killAtEveryCall } from "../src/machine/kill.mjs";
import { cutPower } from "../src/machine/power.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault */

const RUNS = 8;

/** @param {string} name A file of broken/. */
function broken(name) {
  return [fileURLToPath(new URL(`../broken/${name}.mjs`, import.meta.url))];
}

/**
 * A backup that does not survive power cuts. The very same cuts as those that the product is put through.
 * @param {Pick<Fault, "id" | "title"> & { name: string, caught: NonNullable<Fault["caught"]>, file?: string }} control
 * @returns {Fault}
 */
function powerCut({ id, title, name, caught, file = "" }) {
  return {
    id,
    area: "controls",
    title: `control: ${title} is caught`,
    injected: `a backup of ours with that mistake in it (\`broken/${name}.mjs\`), and ${RUNS} power cuts of a loop-mounted ext4 under load`,
    holds: "the oracle finds what is lost",
    needs: ["root", "disks"],
    caught,
    async run(context) {
      const store = (/** @type {string} */ path) => ({ backup: `${name}:${path}${file}`, adapters: broken(name) });
      const { answers, damaged } = await cutPower(context, { runs: RUNS, fileSystem: "ext4", store });
      return `${RUNS} cuts after ${answers} answers, ${damaged} with damage`;
    },
  };
}

/** @type {readonly Fault[]} */
export const controls = [
  powerCut({ id: "control-rename", title: "a rename without a flush", name: "rename-without-fsync", caught: "error" }),
  powerCut({ id: "control-wal-normal", title: "SQLite with WAL and synchronous=NORMAL", name: "wal-normal", caught: "error", file: "/backups.db" }),
  {
    id: "control-in-place",
    area: "controls",
    title: "control: writing in place is caught",
    injected: "a backup of ours that flushes all it writes, but writes over the record before (`broken/write-in-place.mjs`), killed before every file call of a write",
    holds: "the oracle finds what is lost",
    needs: ["strace"],
    caught: "error",
    async run(context) {
      const directory = await context.directory();
      const start = { backup: `write-in-place:${directory}`, adapters: broken("write-in-place") };
      return killAtEveryCall(context, { start, about: directory, known: true });
    },
  },
  {
    id: "control-unchecked-cache",
    area: "controls",
    title: "control: a cache without checksum is caught",
    injected: "a cache of ours that puts a new checksum over whatever it reads (`broken/unchecked-cache.mjs`), and one bit in five of a cached record flipped, one by one",
    holds: "the oracle finds values that are not whole",
    quick: true,
    caught: "torn",
    async run(context) {
      const directory = await context.directory();
      const subject = await context.start({
        cache: `unchecked-cache:${directory}`,
        backup: `file:${await context.directory()}`,
        adapters: broken("unchecked-cache"),
        options: { ttl: "10m" },
      });
      await subject.get(["key"]);
      const [name = ""] = await readdir(directory);
      const sound = await readFile(join(directory, name));
      await subject.source("down");
      let flips = 0;
      for (let bit = 0; bit < 8 * sound.length; bit += 5, flips++) {
        const flipped = Buffer.from(sound);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await writeFile(join(directory, name), flipped);
        await subject.get(["key"]);
      }
      return `${flips} flips`;
    },
  },
];
