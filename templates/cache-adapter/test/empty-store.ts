import type { ExampleClient } from "../src/index.ts";

/** An empty store for one test: of a real server a table, a key prefix or a directory with a name of its own. */
export async function emptyStore(): Promise<{ readonly client: ExampleClient; readonly destroy: () => Promise<void> }> {
  const client: ExampleClient = new Map();
  return { client, destroy: async () => client.clear() };
}
