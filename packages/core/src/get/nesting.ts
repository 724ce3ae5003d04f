import { AsyncLocalStorage } from "node:async_hooks";
import { DatastoreError } from "../report/errors.ts";

/** A load that runs, and the load that asked for it. */
export interface Ancestor {
  readonly lineage: Lineage;
  readonly key: string;
  readonly parent: Ancestor | undefined;
  running: boolean;
}

/**
 * Knows the load that the running code belongs to. Before Node 24 a storage in use makes every promise of the process
 * dearer, so it is put away while nothing loads: a process that answers from its cache pays nothing.
 */
class Current {
  readonly #storage = new AsyncLocalStorage<Ancestor>();
  #loads = 0;
  #isToBePutAway = false;

  get load(): Ancestor | undefined {
    return this.#storage.getStore();
  }

  run<T>(load: Ancestor, work: () => Promise<T>): Promise<T> {
    this.#loads++;
    return this.#storage.run(load, work);
  }

  over(): void {
    if (--this.#loads > 0 || this.#isToBePutAway) return;
    this.#isToBePutAway = true;
    // Not at once: taking it out again costs more than a load, and the next load may begin right now.
    setImmediate(() => this.#putAway()).unref();
  }

  #putAway(): void {
    this.#isToBePutAway = false;
    if (this.#loads === 0) this.#storage.disable();
  }
}

// One for all datastores: a loader of one may ask another, and each storage in use costs as much again.
const current = new Current();

/**
 * Knows which loads a piece of code runs within, so that a loader that asks for its own key fails and does not wait for
 * itself.
 */
export class Lineage {
  /** The load within which the running code runs, if there is one. */
  get innermost(): Ancestor | undefined {
    return current.load;
  }

  /** Runs the load of a key: what it starts runs within it, and within the load that has asked for it. */
  within<T>(key: string, asker: Ancestor | undefined, load: () => Promise<T>): Promise<T> {
    const self: Ancestor = { lineage: this, key, parent: asker, running: true };
    const loading = current.run(self, load);
    const over = (): void => {
      self.running = false; // what the loader left behind, such as a timer, may ask for the key again
      current.over();
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
