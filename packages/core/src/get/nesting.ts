import { AsyncLocalStorage } from "node:async_hooks";
import { DatastoreError } from "../report/errors.ts";

/** A load that runs, and the load that asked for it. */
export interface EnclosingLoad {
  readonly nesting: LoadNesting;
  readonly key: string;
  readonly parent: EnclosingLoad | undefined;
  running: boolean;
}

/**
 * Knows the load that the running code belongs to. Before Node 24 a storage in use makes every promise of the process
 * dearer, so it is put away while nothing loads: a process that answers from its cache pays nothing.
 */
class LoadStorage {
  readonly #storage = new AsyncLocalStorage<EnclosingLoad>();
  #loads = 0;
  #isToBePutAway = false;

  get load(): EnclosingLoad | undefined {
    return this.#storage.getStore();
  }

  run<T>(load: EnclosingLoad, work: () => Promise<T>): Promise<T> {
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
const loadStorage = new LoadStorage();

/**
 * Knows which loads a piece of code runs within, so that a loader that asks for its own key fails and does not wait for
 * itself.
 */
export class LoadNesting {
  /** The load within which the running code runs, if there is one. */
  get enclosing(): EnclosingLoad | undefined {
    return loadStorage.load;
  }

  /** Runs the load of a key: what it starts runs within it, and within the load that has asked for it. */
  within<T>(key: string, asker: EnclosingLoad | undefined, load: () => Promise<T>): Promise<T> {
    const self: EnclosingLoad = { nesting: this, key, parent: asker, running: true };
    const loading = loadStorage.run(self, load);
    const over = (): void => {
      self.running = false; // what the loader left behind, such as a timer, may ask for the key again
      loadStorage.over();
    };
    loading.then(over, over);
    return loading;
  }

  /** Throws `RECURSIVE_LOAD` if `asker` is the load of this key, or runs within it. */
  refuseRecursion(key: string, asker: EnclosingLoad | undefined): void {
    for (let load = asker; load !== undefined; load = load.parent) {
      if (load.nesting === this && load.key === key && load.running) throw recursive(key);
    }
  }
}

function recursive(key: string): DatastoreError {
  const message = `the loader of ${JSON.stringify(key)} asks for ${JSON.stringify(key)}: it would wait for itself. Use lastGood() of its context`;
  return new DatastoreError("RECURSIVE_LOAD", message, { key });
}
