import type { ByteCacheAdapter } from "@lastgood/core/adapter";

/** Always empty. */
export const NO_CACHE: ByteCacheAdapter = { name: "no cache", stores: "bytes", get: () => undefined, set: () => undefined, delete: () => undefined };
