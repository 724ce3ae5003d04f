import { AsyncLocalStorage } from "node:async_hooks";
import { DatastoreError } from "../report/errors.ts";

/** A load that runs, and the load that asked for it. */
export interface EnclosingLoad {
  readonly nesting: LoadNesting;
  readonly key: string;
  readonly parent: EnclosingLoad | undefined;
  running: boolean;
  /** The loads that its loader waits for, including those started by others. */
  waits?: Set<Wait>;
}

interface Wait {
  readonly target: EnclosingLoad;
}

/**
 * Knows which load the running code belongs to. Before Node 24, an AsyncLocalStorage in use slows down every promise of the process, so
 * it is disabled while nothing loads.
 */
class LoadStorage {
  readonly #storage = new AsyncLocalStorage<EnclosingLoad>();
  #loads = 0;
  #isToBePutAway = false;

  get load(): EnclosingLoad | undefined {
    return this.#storage.getStore();
  }

  run<T>(load: EnclosingLoad, work: () => T): T {
    this.#loads++;
    return this.#storage.run(load, work);
  }

  over(): void {
    if (--this.#loads > 0 || this.#isToBePutAway) return;
    this.#isToBePutAway = true;
    // Not at once, because enabling it again costs more than a load, and the next load may begin right now.
    setImmediate(() => this.#putAway()).unref();
  }

  #putAway(): void {
    this.#isToBePutAway = false;
    if (this.#loads === 0) this.#storage.disable();
  }
}

// One for all datastores, because a loader of one may ask another, and each storage has its own cost.
const loadStorage = new LoadStorage();

/**
 * Knows which loads a piece of code runs within. A loader that asks for its own key fails instead of waiting for itself.
 */
export class LoadNesting {
  /** The load within which the running code runs, if there is one. */
  get enclosing(): EnclosingLoad | undefined {
    return loadStorage.load;
  }

  /** A place for the load of a key, within the load that has asked for it. */
  place(key: string, asker: EnclosingLoad | undefined): EnclosingLoad {
    return { nesting: this, key, parent: asker, running: true };
  }

  /** Runs a load in its place: what it starts runs within it. */
  within<T>(place: EnclosingLoad, load: () => T): T {
    return loadStorage.run(place, load);
  }

  /** Call when the load is over. Code that its loader has left running, such as a timer, may ask for the key again. */
  leave(place: EnclosingLoad): void {
    place.running = false;
    loadStorage.over();
  }

  /** Throws `RECURSIVE_LOAD` if `asker` is the load of this key, or runs within it. */
  refuseRecursion(key: string, asker: EnclosingLoad | undefined): void {
    for (let load = asker; load !== undefined; load = load.parent) {
      if (load.nesting === this && load.key === key && load.running) throw recursive(key);
    }
  }

  /** Lets `asker` wait for another load. Throws `RECURSIVE_LOAD` if that load waits for `asker`, directly or through others. */
  async waitFor<T>(asker: EnclosingLoad, target: EnclosingLoad, work: () => PromiseLike<T>): Promise<T> {
    if (asker.running && leadsTo(target, asker, new Set())) throw circular(target.key, asker.key);
    const wait: Wait = { target };
    const waits = (asker.waits ??= new Set());
    waits.add(wait);
    try {
      return await work();
    } finally {
      waits.delete(wait);
    }
  }
}

function leadsTo(from: EnclosingLoad, to: EnclosingLoad, seen: Set<EnclosingLoad>): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  for (const { target } of from.waits ?? []) if (leadsTo(target, to, seen)) return true;
  return false;
}

function recursive(key: string): DatastoreError {
  const message = `the loader of ${JSON.stringify(key)} asks for ${JSON.stringify(key)}: it would wait for itself. Use lastGood() of its context`;
  return new DatastoreError("RECURSIVE_LOAD", message, { key });
}

function circular(key: string, asker: string): DatastoreError {
  const message = `the loader of ${JSON.stringify(asker)} asks for ${JSON.stringify(key)}, whose load waits for that of ${JSON.stringify(asker)}: neither would ever end`;
  return new DatastoreError("RECURSIVE_LOAD", message, { key });
}
