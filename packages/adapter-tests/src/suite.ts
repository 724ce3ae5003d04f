import type { Awaitable } from "@lastgood/core/adapter";

/** The two functions that every test runner has. Those of vitest, `node:test`, mocha … fit. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (sentence: string, body: () => Promise<void>) => unknown;
}

/** One empty store: a directory, a key prefix, a server's database … */
export interface TestStore<Adapter> {
  /**
   * Opens an adapter on the store. Tests open several, and reopen one after closing it. All backups on one store must see
   * the same records; caches may keep their memories apart. If the store lives in one object, return that object each
   * time. The kit closes every adapter that it opens.
   */
  open(): Awaitable<Adapter>;
  /** Deletes the store and everything in it. Called once, after all adapters have been closed. */
  destroy(): Awaitable<void>;
}

/** Makes an empty store. Called once for every test. */
export type CreateStore<Adapter> = () => Awaitable<TestStore<Adapter>>;

/** The body of one test: `open` opens a further adapter on the test's store. */
export type StoreTest<Adapter> = (open: () => Promise<Adapter>) => Promise<void>;

interface Closable {
  close?(): Awaitable<void>;
}

/** Returns an `it` whose body gets its own store, which is always destroyed afterwards. */
export function storeTests<Adapter extends Closable>(
  { it }: TestRunner,
  create: CreateStore<Adapter>,
): (sentence: string, body: StoreTest<Adapter>) => void {
  return (sentence, body) => {
    it(sentence, async () => {
      const store = await create();
      // A set, because a store that lives in one object returns the same adapter each time.
      const opened = new Set<Adapter>();
      const open = async (): Promise<Adapter> => {
        const adapter = await store.open();
        opened.add(adapter);
        return adapter;
      };
      try {
        await body(open);
      } finally {
        await takeDown([...opened], store);
      }
    });
  };
}

async function takeDown(opened: readonly Closable[], store: TestStore<unknown>): Promise<void> {
  try {
    for (const adapter of opened) await adapter.close?.();
  } finally {
    await store.destroy();
  }
}
