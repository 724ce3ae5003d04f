import { AsyncLocalStorage } from "node:async_hooks";
import { DatastoreError } from "./errors.ts";

/** A load that runs, and the load that asked for it. */
export interface Ancestor {
  readonly lineage: Lineage;
  readonly key: string;
  readonly parent: Ancestor | undefined;
  running: boolean;
}

/** Knows the load that the running code belongs to. */
type Current = Pick<AsyncLocalStorage<Ancestor>, "getStore" | "run">;

/** Follows a load up to its first `await`. */
class FirstSteps implements Current {
  #store: Ancestor | undefined;

  getStore(): Ancestor | undefined {
    return this.#store;
  }

  run<R>(store: Ancestor, work: () => R): R {
    const outer = this.#store;
    this.#store = store;
    try {
      return work();
    } finally {
      this.#store = outer;
    }
  }
}

// Before Node 24, a storage that follows awaits makes every promise of the process several times as dear.
const FOLLOWS_AWAITS = 24;

// One for all datastores: a loader of one may ask another.
const current: Current = Number.parseInt(process.versions.node, 10) >= FOLLOWS_AWAITS ? new AsyncLocalStorage<Ancestor>() : new FirstSteps();

/**
 * Knows which loads a piece of code runs within, so that a loader that asks for its own key fails and does not wait for
 * itself until its time-out.
 */
export class Lineage {
  /** The load within which the running code runs, if there is one. */
  get innermost(): Ancestor | undefined {
    return current.getStore();
  }

  /** Runs the load of a key: what it starts runs within it, and within the load that has asked for it. */
  within<T>(key: string, asker: Ancestor | undefined, load: () => Promise<T>): Promise<T> {
    const self: Ancestor = { lineage: this, key, parent: asker, running: true };
    const loading = current.run(self, load);
    const over = (): void => {
      self.running = false; // what the loader left behind, such as a timer, may ask for the key again
    };
    loading.then(over, over);
    return loading;
  }

  /** Throws `RECURSIVE_LOAD` if `asker` is the load of this key, or runs within it. */
  refuseLoop(key: string, asker: Ancestor | undefined): void {
    for (let load = asker; load !== undefined; load = load.parent) {
      if (load.lineage === this && load.key === key && load.running) throw recursive(key);
    }
  }
}

function recursive(key: string): DatastoreError {
  const message = `the loader of ${JSON.stringify(key)} asks for ${JSON.stringify(key)}: it would wait for itself. Use lastGood() of its context`;
  return new DatastoreError("RECURSIVE_LOAD", message, { key });
}
