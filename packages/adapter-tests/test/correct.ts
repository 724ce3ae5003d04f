import type { BackupAdapter, ByteCacheAdapter, ValueCacheAdapter } from "@lastgood/core/adapter";
import { memoryBackup } from "@lastgood/core/testing";
import type { CreateStore } from "../src/index.ts";

/** Adapters as small as correct ones can be: the broken ones of the proof differ from them in one method each. */

export function valueCache(): ValueCacheAdapter {
  const values = new Map<string, unknown>();
  return {
    name: "values",
    stores: "values",
    get: (id) => values.get(id),
    set: (id, value) => void values.set(id, value),
    delete: (id) => void values.delete(id),
  };
}

export function byteCache(): ByteCacheAdapter {
  const values = new Map<string, Uint8Array>();
  return {
    name: "bytes",
    stores: "bytes",
    get: (id) => values.get(id)?.slice(),
    set: (id, bytes) => void values.set(id, new Uint8Array(bytes)),
    delete: (id) => void values.delete(id),
  };
}

/** The reference backup. */
export function backup(): BackupAdapter {
  return memoryBackup();
}

/** A store that lives in one object. */
export function storeOf<Adapter>(make: () => Adapter): CreateStore<Adapter> {
  return () => {
    const adapter = make();
    return { open: () => adapter, destroy: () => {} };
  };
}
