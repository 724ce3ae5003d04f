import type { ByteCacheAdapter } from "../adapter/contract.ts";
import type { Guard } from "../adapter/guard.ts";
import type { Awaitable } from "../base/async.ts";
import { recordId } from "../entry/record-id.ts";

type Found = Uint8Array | undefined;

/** Reads that are asked for together, and sent as one call. */
interface Group {
  readonly ids: Map<string, number>;
  readonly found: Promise<readonly Found[]>;
  send(): void;
}

/** The reads of a byte cache: those of many keys in one call, where the store can. */
export class ReadsTogether {
  readonly #adapter: ByteCacheAdapter;
  readonly #guard: Guard;
  #group: Group | undefined;

  constructor(adapter: ByteCacheAdapter, guard: Guard) {
    this.#adapter = adapter;
    this.#guard = guard;
  }

  /** Like `mapAwaitable(() => read(key), found, failed)`. */
  read<T>(key: string, found: (bytes: Found) => T, failed: (error: unknown) => T): Awaitable<T> {
    const group = this.#group;
    if (group === undefined) return this.#guard.callThen("get", key, (call) => this.#adapter.get(recordId(key), call), found, failed);
    const id = recordId(key);
    const index = group.ids.get(id) ?? group.ids.size;
    group.ids.set(id, index);
    return group.found.then((all) => found(all[index]), failed);
  }

  /** Sends all reads as one that `work` begins before it returns. */
  together<T>(work: () => T): T {
    if (this.#adapter.getMany === undefined || this.#group !== undefined) return work();
    const group = (this.#group = this.#newGroup());
    try {
      return work();
    } finally {
      this.#group = undefined;
      group.send();
    }
  }

  #newGroup(): Group {
    const ids = new Map<string, number>();
    let send: () => void = () => {};
    const sent = new Promise<void>((resolve) => (send = resolve));
    const found = sent.then(() => (ids.size === 0 ? [] : this.#readAll([...ids.keys()])));
    found.catch(() => {}); // each read tells of it
    return { ids, found, send };
  }

  /** An answer of another length says nothing about any of them. */
  #readAll(ids: readonly string[]): Awaitable<readonly Found[]> {
    return this.#guard.call("get", undefined, async (call) => {
      const found = await this.#adapter.getMany?.(ids, call);
      if (found?.length !== ids.length) throw new TypeError(`getMany answered ${found?.length} of ${ids.length} ids`);
      return found;
    });
  }
}
