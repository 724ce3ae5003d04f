/** Fleets that are broken on purpose: the judge has to find it. */

import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { startFleet } from "../src/fleet/fleet.mjs";
import { lateWriter } from "./fleet-processes.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault @typedef {import("../src/fleet/fleet.mjs").FleetOptions} FleetOptions */

/** @param {string} name A file of broken/, and its scheme. @returns {FleetOptions} */
function broken(name) {
  return { adapters: [fileURLToPath(new URL(`../broken/${name}.mjs`, import.meta.url))], cache: (port) => `memory:,${name}://127.0.0.1:${port}` };
}

/** @type {readonly Fault[]} */
export const fleetControls = [
  {
    id: "control-deaf-bus",
    area: "fleet",
    title: "control: announcements that nobody hears are caught",
    injected: "a Redis cache of ours that announces to its own process alone, which so believes to hear all (`broken/deaf-bus.mjs`)",
    holds: "the judge finds copies that are outdated for too long",
    needs: ["redis"],
    caught: "outdated",
    async run(context) {
      const fleet = await startFleet(context, broken("deaf-bus"));
      await fleet.setAll();
      await fleet.read();
      await pause(2_500);
      fleet.mayLag(1_300);
      fleet.write();
      await pause(2_500);
      return fleet.over();
    },
  },
  {
    id: "control-free-leases",
    area: "fleet",
    title: "control: leases that everybody gets are caught",
    injected: "a Redis cache of ours that gives a lease to whoever asks (`broken/free-leases.mjs`)",
    holds: "the judge finds keys that are loaded by two processes at once",
    quick: true,
    needs: ["redis"],
    caught: "loaded twice",
    async run(context) {
      const fleet = await startFleet(context, { ...broken("free-leases"), options: { lease: "2s" } });
      await Promise.all(fleet.subjects.map((subject) => subject.source("slow")));
      fleet.leasesHold(true);
      await fleet.rush(["cold 0", "cold 1"]);
      return fleet.over();
    },
  },
  {
    id: "control-unordered-cache",
    area: "fleet",
    title: "control: a cache that takes any write is caught",
    injected: "a Redis cache of ours in which the last write stays, however old its value (`broken/unordered-cache.mjs`), and the same late writes as in `fleet-late-writer`",
    holds: "the judge finds that an older value has replaced a newer one",
    needs: ["redis"],
    caught: "outdated",
    run: (context) => lateWriter(context, broken("unordered-cache")),
  },
];
