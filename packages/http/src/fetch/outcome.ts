import type { Answer } from "../wire/answer.ts";
import type { Kept } from "./kept.ts";
import type { Live } from "./live.ts";

/** Why a request went to the source (RFC 9211, section 2.2). */
export type Forwarded = "bypass" | "method" | "uri-miss" | "vary-miss" | "miss" | "request" | "stale";

/** What Cache-Status says of an answer. */
export interface Handling {
  /** `undefined`: a kept answer, and nobody was asked. */
  readonly forwarded?: Forwarded | undefined;
  /** The status that the source answered with, where that is not the status of the answer. */
  readonly forwardedStatus?: number | undefined;
  readonly stored?: boolean | undefined;
  /** Whether another caller's request has answered this one as well. */
  readonly collapsed?: boolean | undefined;
  /** Milliseconds for which the answer is still fresh. */
  readonly freshLeft?: number | undefined;
  readonly details?: readonly string[] | undefined;
}

/** What comes of a request: an answer that is kept, one that is not, or one whose body still flows. `cookies`: for this caller alone. */
export type Outcome =
  | { readonly kind: "kept"; readonly answer: Kept; readonly handling: Handling; readonly age: number | undefined; readonly cookies: readonly string[] }
  | { readonly kind: "plain"; readonly answer: Answer; readonly handling: Handling; readonly age: number | undefined; readonly cookies: readonly string[] }
  | { readonly kind: "live"; readonly live: Live; readonly handling: Handling };
