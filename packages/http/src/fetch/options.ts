import type { Duration } from "@lastgood/core";
import type { SourceOptions } from "../loader/options.ts";

/** Options of `lastGoodFetch` and `lastGoodInterceptor`. Durations are milliseconds or strings such as `"5m"`. */
export interface LastGoodFetchOptions extends SourceOptions {
  /**
   * How long an answer is fresh whose source says nothing, and the most that any is.
   * @default none: such an answer is fresh for a tenth of the time since its Last-Modified, or not at all; and there is no most
   */
  readonly ttl?: Duration | undefined;
  /**
   * An answer older than this does not stand in.
   * @default the datastore's
   */
  readonly maxStale?: Duration | undefined;
  /**
   * How long an answer that stood in is repeated before the source is asked again, where it sends no `Retry-After`.
   * @default the datastore's
   */
  readonly fallbackTtl?: Duration | undefined;
  /**
   * A source that takes longer for its whole answer has failed.
   * @default the datastore's
   */
  readonly timeout?: Duration | undefined;
  /**
   * If the source takes longer than this and there is a last good answer, that answers, and the request goes on behind.
   * @default the datastore's
   */
  readonly softTimeout?: Duration | undefined;
  /**
   * Who is asking: answers to requests with credentials are kept for each apart. Give one that lasts where tokens do not, such as the
   * user's id; `undefined` is nobody in particular.
   * @default a hash of the request's authorization and cookie
   */
  readonly identity?: ((request: { readonly url: string; readonly headers: Headers }) => string | undefined) | undefined;
}
