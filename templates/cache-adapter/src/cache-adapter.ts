import { types } from "node:util";
import { type ByteCacheAdapter, optionChecks } from "@lastgood/core/adapter";

/** The entry of one id. In a real store, this is a value with a time to live. */
export interface ExampleItem {
  readonly bytes: Uint8Array;
  readonly seconds: number;
}

/** The connected client of your store. Replace this by the type from your client library. */
export type ExampleClient = Map<string, ExampleItem>;

/** The longest time to live that the store accepts. Find out what yours does with a longer one: some expire it at once. */
const LONGEST_SECONDS = 30 * 24 * 60 * 60;

/** Every error about an option begins with this name. */
const check = optionChecks("exampleCache");

/** A cache in a `Map`. The adapter never closes the client. */
export function exampleCache(client: ExampleClient): ByteCacheAdapter {
  checkClient(client);

  return {
    name: "example",
    stores: "bytes",

    async get(id) {
      // One request. Let errors throw: `undefined` means only "there is none", and empty bytes are a value.
      const item = client.get(id);
      return item && new Uint8Array(item.bytes);
    },

    async set(id, bytes, ttlMs) {
      // One request with the time to live in the store's own unit. A `Map` never expires entries, which is allowed but wasteful.
      client.set(id, { bytes: new Uint8Array(bytes), seconds: wholeSeconds(ttlMs) });
    },

    async delete(id) {
      // One request for this id alone. "Not found" is no error.
      client.delete(id);
    },

    // Add `setUnlessNewer` only if the store can compare and set atomically.
    // Add `close` only if the adapter itself makes the client, as it does from a URL.
  };
}

/** Rounds up, so that half a second does not become 0, which many stores read as "for ever". */
function wholeSeconds(ttlMs: number): number {
  return Math.min(Math.ceil(ttlMs / 1000), LONGEST_SECONDS);
}

function checkClient(client: unknown): void {
  if (!types.isMap(client)) throw check.wrongType("client", "a Map, the one that your program has connected", client);
}
