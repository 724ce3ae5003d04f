import type { Awaitable } from "@lastgood/core/adapter";

/** The two functions that every test runner has: those of vitest, `node:test`, mocha … fit as they are. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (sentence: string, body: () => Promise<void>) => unknown;
}

/** One empty store: a directory, a key prefix, a server's database … */
export interface TestStore<Adapter> {
  /**
   * Opens an adapter on the store. Tests open more than one, and open one again after closing it: backups opened on the
   * same store must see the same records. A store that lives in one object returns that object each time; caches may
   * keep their memories apart. The kit closes what it opened.
   */
  open(): Awaitable<Adapter>;
  /** Removes the store and all that is in it. Called once, after the adapters have been closed. */
  destroy(): Awaitable<void>;
}

/** Makes a fresh and empty store. Called once for every test. */
export type CreateStore<Adapter> = () => Awaitable<TestStore<Adapter>>;

/** The body of one test: `open` opens a further adapter on the test's store. */
export type StoreTest<Adapter> = (open: () => Promise<Adapter>) => Promise<void>;

interface Closable {
  close?(): Awaitable<void>;
}

/** Returns an `it` whose body runs on a store of its own, which is taken down whatever happens. */
export function storeTests<Adapter extends Closable>(
  { it }: TestRunner,
  create: CreateStore<Adapter>,
): (sentence: string, body: StoreTest<Adapter>) => void {
  return (sentence, body) => {
    it(sentence, async () => {
      const store = await create();
      // A set: stores that live in one object open the same adapter each time.
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
