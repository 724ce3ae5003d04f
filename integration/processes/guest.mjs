/**
 * Calls every method of an adapter, and prints what each has changed in the process: `{ "write": ["process.emit"], … }`.
 * Arguments: the module of the adapter, the name of its factory, and what the factory is called with, as JSON.
 */

import { differences, leftAlive, settleNode, stateOfProcess } from "./process-state.mjs";

const [specifier = "", factory = "", given = "[]"] = process.argv.slice(2);

await settleNode();

/** @type {string[]} */
const warnings = [];
process.on("warning", ({ message }) => warnings.push(message));

/** @type {Record<string, string[]>} */
const report = {};
const before = stateOfProcess();
// No client of ours keeps the process alive, so something here has to.
const alive = setInterval(() => undefined, 60_000);
console.log(); // Whatever writing needs is there from now on.
const resources = process.getActiveResourcesInfo();

/** @param {string} name @param {() => unknown} work @returns {Promise<any>} */
async function step(name, work) {
  const result = await work();
  await new Promise((resolve) => setImmediate(resolve));
  report[name] = differences(before, stateOfProcess());
  return result;
}

/** @param {AsyncIterable<unknown>} all */
async function collected(all) {
  const found = [];
  for await (const each of all) found.push(each);
  return found;
}

const module = await step("import", () => import(specifier));
const adapter = await step("create", () => module[factory](...JSON.parse(given)));
const bytes = Uint8Array.of(1, 2, 3);

/** @type {Record<string, () => unknown>} */
const calls =
  "write" in adapter
    ? {
        write: () => adapter.write("id", bytes, { loadedAt: 1, usedAt: 1 }),
        "write of the same stamp": () => adapter.write("id", bytes, { loadedAt: 1, usedAt: 1 }),
        read: () => adapter.read("id"),
        "read of nothing": () => adapter.read("none"),
        touch: () => adapter.touch("id", { usedAt: 2 }),
        lock: () => adapter.lock?.(),
        "lock by two": () => adapter.lock?.(),
        list: () => collected(adapter.list()),
        delete: () => adapter.delete("id"),
      }
    : {
        set: () => adapter.set("id", adapter.stores === "bytes" ? bytes : { a: 1 }, 60_000),
        setUnlessNewer: () => adapter.setUnlessNewer?.("id", bytes, 60_000, { loadedAt: 1 }),
        get: () => adapter.get("id"),
        "get of nothing": () => adapter.get("none"),
        delete: () => adapter.delete("id"),
      };
for (const [name, call] of Object.entries(calls)) await step(name, call);
await step("close", () => adapter.close?.());
report["warnings"] = warnings;
report["what keeps the process alive after close"] = await leftAlive(resources);
clearInterval(alive);
console.log(JSON.stringify(report));
// What is left would keep this process alive for ever: it has been reported.
if (report["what keeps the process alive after close"].length > 0) process.exit();
