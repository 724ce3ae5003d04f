/** The clocks of a fleet disagree. */

import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { HEARD_MS, LONG, startFleet, TOLD } from "../src/fleet/fleet.mjs";

/**
 * @typedef {import("../src/run.mjs").Fault} Fault
 * @typedef {import("../src/context.mjs").Context} Context
 * @typedef {import("../src/fleet/fleet.mjs").Fleet} Fleet
 */

const SECOND = 1_000;
const MINUTE = 60_000;

/** Keys that the source has. */
const ASKED = ["asked 0", "asked 1", "asked 2"];

const HOLDS = "nobody gets what an acknowledged `set`, `expire` or `delete` of any process has outdated, for longer than 100 ms of true time";

/** Each process in turn, by its own clock, expires or deletes keys that others have copied. @param {Fleet} fleet @param {number} rounds */
async function forgetInTurn(fleet, rounds) {
  for (let round = 0; round < rounds; round++) {
    const { subject } = fleet.at(round % fleet.members.length);
    const key = ASKED[Math.floor(round / fleet.members.length) % ASKED.length] ?? "";
    await subject.change(round % 2 === 0 ? "expire" : "delete", key);
    await pause(150);
  }
}

/** @param {Pick<Fault, "id" | "title" | "injected"> & { aheadMs: readonly number[] }} fault @returns {Fault} */
function apart({ aheadMs, ...fault }) {
  const run = async (/** @type {Context} */ context) => {
    const fleet = await startFleet(context, { size: aheadMs.length, aheadMs });
    await fleet.setAll();
    await fleet.read([...TOLD, ...ASKED]);
    await fleet.settled();
    fleet.write();
    await forgetInTurn(fleet, 24);
    return fleet.over();
  };
  return { area: "fleet", holds: HOLDS, needs: ["redis"], ...fault, run };
}

/** @type {readonly Fault[]} */
export const fleetClockFaults = [
  apart({
    id: "fleet-clocks-seconds-apart",
    title: "clocks are seconds apart",
    injected: "the clocks of four processes are 0, 3 and 20 s ahead and 3 s behind; each sets, expires and deletes keys that the others have copied",
    aheadMs: [0, 3 * SECOND, 20 * SECOND, -3 * SECOND],
  }),
  apart({
    id: "fleet-clocks-minutes-apart",
    title: "clocks are minutes apart",
    injected: "the clocks of four processes are 0 and 5 min ahead, 5 and 30 min behind; each sets, expires and deletes keys that the others have copied",
    aheadMs: [0, 5 * MINUTE, -5 * MINUTE, -30 * MINUTE],
  }),
  {
    id: "fleet-clocks-jump",
    area: "fleet",
    title: "clocks jump",
    injected: "every 200 ms the clock of one of four processes jumps to up to 10 min ahead or behind, while each sets keys",
    holds: "nobody gets what an acknowledged `set` of any process has outdated, for longer than 100 ms of true time",
    needs: ["redis"],
    async run(context) {
      const fleet = await startFleet(context);
      await fleet.setAll();
      await fleet.read(TOLD, LONG);
      fleet.write();
      await fleet.settled(HEARD_MS);
      let jumps = 0;
      for (; jumps < 25; jumps++) {
        await fleet.at(jumps % fleet.members.length).subject.clock(randomInt(-10 * MINUTE, 10 * MINUTE));
        await pause(200);
      }
      return `${jumps} jumps; ${await fleet.over()}`;
    },
  },
];
