import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { type Datastore, isDatastoreError } from "../src/index.ts";
import { gate } from "./support/gate.ts";
import { rejectionOf, setUp } from "./support/setting.ts";

/** Each code that a `get` can reject with, and a get that does. */
const REJECTED: Readonly<Record<string, (datastore: Datastore) => Promise<unknown>>> = {
  LOAD_TIMEOUT: (datastore) => datastore.get("key", () => gate<string>().promise, { timeout: 1 }),
  INVALID_VALUE: (datastore) => datastore.get("key", () => "bad", { validate: () => false }),
  NOTHING_TO_RENEW: (datastore) => datastore.get<string>("key", ({ notModified }) => notModified()),
  RECURSIVE_LOAD: (datastore) => datastore.get("key", () => datastore.get("key", () => "never")),
  CLOSED: async (datastore) => {
    await datastore.close();
    return datastore.get("key", () => "never");
  },
};

const source = await readFile(new URL("../src/keyspace.ts", import.meta.url), "utf8");
const [comment = ""] = source.match(/\/\*\*\n   \* The value of `key`:[^]*?\*\//) ?? [];

describe("the errors that a get rejects with", () => {
  it("the doc comment of get lists each code, and no other", () => {
    const listed = Array.from(comment.matchAll(/@throws \{DatastoreError\} `(\w+)`/g), ([, code]) => code);
    expect(listed.toSorted()).toEqual(Object.keys(REJECTED).toSorted());
  });

  it.each(Object.entries(REJECTED))("a get without a backup rejects with %s as its doc comment says", async (code, reject) => {
    const error = await rejectionOf(reject(setUp().datastore));
    expect(isDatastoreError(error) && error.code).toBe(code);
  });
});
