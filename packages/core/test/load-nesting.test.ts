import { executionAsyncResource } from "node:async_hooks";
import { expect, it } from "vitest";
import { turn } from "./support/gate.ts";
import { setUp } from "./support/setting.ts";

/** Whether Node numbers every promise, as it does for a storage before Node 24: that is what makes promises dear. */
async function promisesAreNumbered(): Promise<boolean> {
  await Promise.resolve();
  return Object.getOwnPropertySymbols(executionAsyncResource()).some(({ description }) => description === "async_id_symbol");
}

// In a file of its own: what loads of other tests have left behind would be there before as well.
it("while a datastore answers from its cache, it costs the promises of the process nothing", async () => {
  const { datastore } = setUp();
  const before = await promisesAreNumbered();
  await datastore.get("key", () => "value");
  await turn();
  await turn();
  expect(await datastore.get("key", () => "newer")).toBe("value");
  expect(await promisesAreNumbered()).toBe(before);
});
