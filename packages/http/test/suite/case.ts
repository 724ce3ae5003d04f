/** A case of http-tests/cache-tests: what is requested, what the source answers, and what is then expected. */
export interface Case {
  readonly suite: string;
  readonly id: string;
  /** `required` by RFC 9111, `optimal` for a good cache, or a `check` of what a cache does where both are right. */
  readonly kind: "required" | "optimal" | "check";
  readonly proxyOnly?: true;
  readonly needs?: readonly string[];
  readonly requests: readonly Step[];
}

type Field = readonly [name: string, value: string | number, isExpected?: boolean];

/** One request and its answer. A number in a date is seconds from now. */
export interface Step {
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string | number])[];
  readonly body?: string;
  readonly query?: string;
  readonly file?: string;
  readonly cache?: string;
  readonly redirect?: "follow" | "manual" | "error";
  /** The source answers with these. */
  readonly status?: readonly [number, string];
  readonly answers?: readonly Field[];
  readonly text?: string | null;
  readonly interim?: readonly unknown[];
  readonly disconnects?: boolean;
  /** Seconds that the source takes. */
  readonly delay?: number;
  readonly ownLocations?: boolean;
  readonly ownSince?: boolean;
  readonly rfc850?: readonly string[];
  /** Three seconds pass after it. */
  readonly pause?: boolean;
  /** What is expected. */
  readonly type?: "cached" | "not_cached" | "etag_validated" | "lm_validated";
  readonly wantsStatus?: number | null;
  readonly wantsHeaders?: readonly (string | readonly [string, string | number] | readonly [string, "=" | ">", string | number])[];
  readonly wantsNoHeaders?: readonly (string | readonly [string, string])[];
  readonly sends?: readonly (string | readonly [string, string])[];
  readonly sendsNo?: readonly (string | readonly [string, string])[];
  readonly wantsText?: string | null;
  readonly wantsMethod?: string;
  readonly checksText?: boolean;
  readonly wantsInterim?: readonly unknown[];
}
