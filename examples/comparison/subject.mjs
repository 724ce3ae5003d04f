/** The process of one contender. It gets what it is told to, and its source is down once it is told so. */

import { argv } from "node:process";
import { contenders } from "./contenders.mjs";

const [, , name = "", redis = "", directory = ""] = argv;
const open = contenders[name];
if (open === undefined) throw new RangeError(`there is no contender ${name}`);

let isUp = true;
const get = await open({
  redis,
  directory,
  async load() {
    if (isUp) return "good";
    throw new Error("the source is down");
  },
});

/** @param {string} key */
async function answerFor(key) {
  try {
    const value = await get(key);
    return value === "good" ? "the value" : String(value);
  } catch {
    return "an error";
  }
}

// A client that loses its server may reject where nobody waits. It is no answer of a get.
process.on("unhandledRejection", () => {});
process.on("message", async (/** @type {{ isUp: boolean, keys: string[] }} */ order) => {
  isUp = order.isUp;
  const answers = [];
  for (const key of order.keys) answers.push(await answerFor(key));
  process.send?.(answers.at(-1));
});
process.send?.("ready");
