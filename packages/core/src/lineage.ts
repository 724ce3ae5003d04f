import { AsyncLocalStorage } from "node:async_hooks";
import { DatastoreError } from "./errors.ts";

interface Ancestor {
  readonly lineage: Lineage;
  readonly key: string;
  readonly parent: Ancestor | undefined;
  running: boolean;
}

// One for all datastores: Node visits every storage that is in use for each promise that is made, and lets go of none.
const current = new AsyncLocalStorage<Ancestor>();

/** Knows which loads a piece of code runs within, so that a loader that asks for its own key fails and does not wait for itself. */
export class Lineage {
  /** Runs the load of a key: what it starts runs within it. */
  async within<T>(key: string, load: () => Promise<T>): Promise<T> {
    const self: Ancestor = { lineage: this, key, parent: current.getStore(), running: true };
    try {
      return await current.run(self, load);
    } finally {
      self.running = false; // what the loader left behind, such as a timer, may ask for the key again
    }
  }

  /** Throws `RECURSIVE_LOAD` if the caller runs within the load of this key. */
  refuseLoop(key: string): void {
    for (let load = current.getStore(); load !== undefined; load = load.parent) {
      if (load.lineage === this && load.key === key && load.running) throw recursive(key);
    }
  }
}

function recursive(key: string): DatastoreError {
  const message = `the loader of ${JSON.stringify(key)} asks for ${JSON.stringify(key)}: it would wait for itself. Use lastGood() of its context`;
  return new DatastoreError("RECURSIVE_LOAD", message, { key });
}
