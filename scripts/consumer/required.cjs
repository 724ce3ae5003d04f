/** A CommonJS program that has installed the packages. Their names are its arguments. */

const assert = require("node:assert/strict");
const { memoryCache } = require("@lastgood/cache-memory");
const { Datastore } = require("@lastgood/core");
const { manualClock, memoryBackup } = require("@lastgood/core/testing");

for (const name of process.argv.slice(2)) assert.ok(Object.keys(require(name)).length > 0, `${name} exports nothing`);

const clock = manualClock();
const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup(), clock });
datastore
  .get("greeting", () => "good morning", "1m")
  .then(() => {
    clock.advance(60_000);
    return datastore.getResult("greeting", () => Promise.reject(new Error("the source is down")), "1m");
  })
  .then(({ value, source }) => assert.deepEqual([value, source], ["good morning", "backup"]));
