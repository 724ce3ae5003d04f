import { type ByteCacheAdapter, optionChecks } from "@lastgood/core/adapter";

/** What is kept under one id. In a real store: a value with a time to live. */
export interface ExampleItem {
  readonly bytes: Uint8Array;
  readonly seconds: number;
}

/** Stands for the connected client of your store. Put the type of your client library in its place. */
export type ExampleClient = Map<string, ExampleItem>;

/** The longest time to live that the store takes. Find out what yours makes of a longer one: some forget it at once. */
const LONGEST_SECONDS = 30 * 24 * 60 * 60;

/** Every error about an option begins with this name. */
const check = optionChecks("exampleCache");

/** A cache in a `Map`. The client stays yours: the adapter never closes it. */
export function exampleCache(client: ExampleClient): ByteCacheAdapter {
  checkClient(client);

  return {
    name: "example",
    stores: "bytes",

    async get(id) {
      // One request. Let what goes wrong throw; `undefined` is for "there is none" alone, and no bytes are a value.
      const item = client.get(id);
      return item && new Uint8Array(item.bytes);
    },

    async set(id, bytes, ttlMs) {
      // One request with the time to live in the store's own unit. A `Map` never forgets, which is allowed, and wasteful.
      client.set(id, { bytes: new Uint8Array(bytes), seconds: wholeSeconds(ttlMs) });
    },

    async delete(id) {
      // One request, for this id alone. An answer of "not found" is no error.
      client.delete(id);
    },

    // `setUnlessNewer`: only if the store can compare and set in one step.
    // `close`: only for a client that the adapter has made itself, of a URL for instance.
  };
}

/** Rounds up, so that half a second does not become none, which means "for ever" to many a store. */
function wholeSeconds(ttlMs: number): number {
  return Math.min(Math.ceil(ttlMs / 1000), LONGEST_SECONDS);
}

function checkClient(client: unknown): void {
  if (!(client instanceof Map)) throw check.wrongType("client", "a Map, the one that your program has connected", client);
}
