import type { Clock } from "@lastgood/core";
import type { Dispatcher } from "undici";

type Awaitable<T> = T | PromiseLike<T>;

/** Header fields, as `fetch` takes them. */
export type HeaderFields = Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[] | Headers;

/** The part of a Standard Schema (standardschema.dev) that is used here. `T` is what comes out of it. */
export interface SchemaOf<T> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Awaitable<SchemaResult<T>>;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

/** What a Standard Schema returns: the value, or the issues. */
export type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** What an `httpLoader` and a `lastGoodFetch` have in common. */
export interface SourceOptions {
  /**
   * Statuses by which this source says that it is broken, such as `[404]` for one whose deployments take its pages away. They fall back as
   * 5xx, 429 and 408 do.
   * @default []
   */
  readonly fallbackOn?: readonly number[] | undefined;
  /**
   * `false` keeps what the source says is not to be kept (`no-store`, and `private` where `shared`), and lets stand in what it says is not to
   * (`must-revalidate`, `no-cache`, `stale-if-error=0`): for sources that know no better.
   * @default true
   */
  readonly obey?: boolean | undefined;
  /**
   * Whether several users get what is kept. Then `private` answers are not kept, nor those to requests with credentials unless the source
   * says `public`; `s-maxage` counts.
   * @default false
   */
  readonly shared?: boolean | undefined;
  /**
   * The largest body, in bytes, once it is decoded.
   * @default 67108864 (64 MiB)
   */
  readonly maxBytes?: number | undefined;
  /**
   * An undici `Dispatcher` through which requests go, such as a `ProxyAgent`.
   * @default an `Agent` of this package's own
   */
  readonly dispatcher?: Dispatcher | undefined;
  /**
   * For tests: the one that the datastore has.
   * @default the system's
   */
  readonly clock?: Clock | undefined;
}

/** The options of `httpLoader`. `T` is the type of the value. */
export interface HttpLoaderOptions<T> extends SourceOptions {
  /**
   * `HEAD` asks for the headers alone.
   * @default "GET"
   */
  readonly method?: "GET" | "HEAD" | undefined;
  /**
   * Headers of each request; a function is asked anew for each load, such as for a token that expires. Conditions and ranges are not among them.
   * @default accept: any, accept-encoding: what this runtime can decode, user-agent: lastgood
   */
  readonly headers?: HeaderFields | (() => Awaitable<HeaderFields>) | undefined;
  /**
   * What becomes of the answer, whose body is there in full: a function, such as `(response) => response.json()`; or a Standard Schema, which gets the
   * body read as JSON and whose output is the value. What it throws or refuses is a load that failed.
   * @default the bytes of the body, as a `Uint8Array`
   */
  readonly parse?: ((response: Response) => Awaitable<T>) | SchemaOf<T> | undefined;
  /**
   * Checks the value: a function that throws or returns `false`, or a Standard Schema. A value that fails is a load that failed, and the source is not
   * asked whether a last good value that fails is still right.
   */
  readonly validate?: ((value: T) => Awaitable<boolean | void>) | SchemaOf<T> | undefined;
  /**
   * Statuses besides 2xx whose body is an answer like any other, such as `[404]` for a page that says so.
   * @default []
   */
  readonly answerOn?: readonly number[] | undefined;
  /**
   * How many redirects are followed. One more is a load that failed.
   * @default 20
   */
  readonly follow?: number | undefined;
}
