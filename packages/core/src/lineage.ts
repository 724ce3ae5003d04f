import { AsyncLocalStorage } from "node:async_hooks";
import { DatastoreError } from "./errors.ts";

interface Ancestor {
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
  /** The load of a key, which is asked for here and starts later: what it does runs within it, and within what runs now. */
  descendant<A, T>(key: string, load: (flight: A) => Promise<T>): (flight: A) => Promise<T> {
    const parent = current.getStore();
    return (flight) => this.#within({ lineage: this, key, parent, running: true }, () => load(flight));
  }

  /** Throws `RECURSIVE_LOAD` if the caller runs within the load of this key. */
  refuseLoop(key: string): void {
    for (let load = current.getStore(); load !== undefined; load = load.parent) {
      if (load.lineage === this && load.key === key && load.running) throw recursive(key);
    }
  }

  #within<T>(self: Ancestor, load: () => Promise<T>): Promise<T> {
    const loading = current.run(self, load);
    const over = (): void => {
      self.running = false; // what the loader left behind, such as a timer, may ask for the key again
    };
    loading.then(over, over);
    return loading;
  }
}

function recursive(key: string): DatastoreError {
  const message = `the loader of ${JSON.stringify(key)} asks for ${JSON.stringify(key)}: it would wait for itself. Use lastGood() of its context`;
  return new DatastoreError("RECURSIVE_LOAD", message, { key });
}
