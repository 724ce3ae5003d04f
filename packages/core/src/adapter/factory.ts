import type { BackupAdapter, CacheAdapter } from "./contract.ts";

/** A URL that names a store, taken apart: `s3://bucket/prefix?region=eu-west-1`. */
export interface StoreUrl {
  /** Without the colon: `"s3"`. */
  readonly scheme: string;
  /** What stands between the scheme and the query, as it is: `"//bucket/prefix"`. May hold a password. */
  readonly location: string;
  /** The query: numbers as numbers, `true` and `false` as booleans. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

interface UrlFactory<Adapter> {
  readonly schemes: readonly string[];
  /** The options that may stand in the query. Any other is refused before `fromUrl` is called. */
  readonly urlOptions: readonly string[];
  /** Throws for a URL that is not right, without showing a password. */
  fromUrl(url: StoreUrl): Adapter;
}

/** What the factory of a cache carries, so that a URL can stand for its store. */
export interface CacheFactory extends UrlFactory<CacheAdapter> {
  readonly kind: "cache";
}

/** What the factory of a backup carries, so that a URL can stand for its store. */
export interface BackupFactory extends UrlFactory<BackupAdapter> {
  readonly kind: "backup";
}

/** A factory of a cache or a backup, for the option `adapters` of `fromEnv`. */
export type AdapterFactory = CacheFactory | BackupFactory;
