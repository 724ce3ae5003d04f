/** The network between Redis and some of the processes of a fleet fails. */

import { HEARD_MS, HOLDING_MS, NEAR_TTL_MS } from "../src/fleet/fleet.mjs";
import { again, fleetFault } from "./fleet-redis.mjs";

/**
 * @typedef {import("../src/run.mjs").Fault} Fault
 * @typedef {import("../src/fleet/fleet.mjs").Fleet} Fleet
 * @typedef {import("../src/fleet/wire.mjs").Role} Role
 */

const PART = "nobody gets an older copy for longer than `nearTtl` or what is held in the outage (1.3 s); 100 ms once the network is whole again";

/** The network of some processes swallows everything. @param {readonly number[]} indexes @param {readonly Role[]} [roles] */
function stalled(indexes, roles) {
  return {
    mayLagMs: HOLDING_MS,
    acknowledges: 5,
    disturb: (/** @type {Fleet} */ fleet) => indexes.forEach((index) => fleet.at(index).wire.stall(roles)),
    heal: (/** @type {Fleet} */ fleet) => indexes.forEach((index) => fleet.at(index).wire.flow()),
  };
}

/** @type {readonly Fault[]} */
export const fleetNetworkFaults = [
  fleetFault({ id: "fleet-partition", title: "one process is cut off from Redis", injected: "its proxy holds back every byte of both connections for 2.5 s, and tells nobody", holds: PART }, () => stalled([3])),
  fleetFault({ id: "fleet-partition-commands", title: "the commands of one process are cut off", injected: "its proxy holds back every byte of the connection for commands for 2.5 s; the subscription works", holds: PART }, () =>
    stalled([3], ["commands"]),
  ),
  fleetFault({ id: "fleet-partition-subscription", title: "the subscription of one process is cut off", injected: "its proxy holds back every byte of the subscription for 2.5 s; commands work", holds: PART }, () =>
    stalled([3], ["subscription"]),
  ),
  fleetFault({ id: "fleet-split", title: "half of the processes are cut off", injected: "the proxies of two of four processes hold back every byte for 2.5 s", holds: PART }, () => stalled([1, 3])),
  fleetFault({ id: "fleet-refused", title: "one process cannot connect", injected: "its proxy cuts both connections and refuses others for 2.5 s", holds: PART }, () => ({
    mayLagMs: HOLDING_MS,
    acknowledges: 5,
    disturb: (fleet) => fleet.at(3).wire.close(),
    heal: (fleet) => fleet.at(3).wire.open(),
  })),
  fleetFault({ id: "fleet-flapping", title: "subscriptions come and go", injected: "the proxies of all processes cut their subscriptions in turn, one every 100 ms" }, (context) => {
    let turn = 0;
    return { mayLagMs: NEAR_TTL_MS, acknowledges: 10, ...again(context, (fleet) => fleet.at(turn++ % fleet.members.length).wire.cut(["subscription"]), 100) };
  }),
  fleetFault(
    {
      id: "fleet-slow-network",
      title: "the network of one process is slow",
      injected: "its proxy delays everything by 60 ms in each direction",
      holds: "nobody gets an older copy for longer than 100 ms and the delay, also during the fault",
    },
    () => ({
      mayLagMs: HEARD_MS + 60,
      acknowledges: 5,
      disturb: (fleet) => void (fleet.at(3).wire.delayMs = 60),
      heal: (fleet) => void (fleet.at(3).wire.delayMs = 0),
    }),
  ),
  fleetFault(
    { id: "fleet-too-slow-network", title: "the network of one process is too slow", injected: "its proxy delays everything by 400 ms in each direction, longer than `cacheTimeout`", holds: PART },
    () => ({
      mayLagMs: HOLDING_MS,
      acknowledges: 5,
      disturb: (fleet) => void (fleet.at(3).wire.delayMs = 400),
      heal: (fleet) => void (fleet.at(3).wire.delayMs = 0),
    }),
  ),
];
