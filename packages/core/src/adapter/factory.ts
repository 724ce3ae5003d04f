import type { BackupAdapter, CacheAdapter } from "./contract.ts";

/** A URL that names a store, taken apart: `s3://bucket/prefix?region=eu-west-1`. */
export interface StoreUrl {
  /** Without the colon: `"s3"`. */
  readonly scheme: string;
  /** The part between scheme and query, unchanged: `"//bucket/prefix"`. May contain a password. */
  readonly location: string;
  /** The options in the query: numbers as numbers, `true` and `false` as booleans. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

interface UrlFactory<Adapter> {
  readonly schemes: readonly string[];
  /** The options that the query may have. Any other is refused before `fromUrl` is called. */
  readonly urlOptions: readonly string[];
  /** Throws for a wrong URL. The error shows no password. */
  fromUrl(url: StoreUrl): Adapter;
}

/** The properties of a cache's factory, with which a URL can name its store. */
export interface CacheFactory extends UrlFactory<CacheAdapter> {
  readonly kind: "cache";
}

/** The properties of a backup's factory, with which a URL can name its store. */
export interface BackupFactory extends UrlFactory<BackupAdapter> {
  readonly kind: "backup";
}

/** A factory of a cache or a backup, for the option `adapters` of `fromEnv`. */
export type AdapterFactory = CacheFactory | BackupFactory;
