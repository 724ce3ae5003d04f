import type { BackupAdapter, CacheAdapter } from "./adapter.ts";

/** What the factory of an adapter carries, so that a URL can stand for a store. */
export type AdapterFactory = CacheFactory | BackupFactory;

export interface CacheFactory {
  readonly kind: "cache";
  /** Without the colon: `["redis", "rediss"]`. */
  readonly schemes: readonly string[];
  /** Throws for a URL that is not right; no message shows a password. */
  fromUrl(url: string): CacheAdapter;
}

export interface BackupFactory {
  readonly kind: "backup";
  readonly schemes: readonly string[];
  fromUrl(url: string): BackupAdapter;
}
