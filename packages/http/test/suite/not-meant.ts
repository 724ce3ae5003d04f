/** Why cases do not pass, and are not meant to. The first pattern that fits holds. */
export const NOT_MEANT: readonly (readonly [ids: RegExp, why: string])[] = [
  // What lastgood decides otherwise.
  [/^status-5\d\d-fresh$|^heuristic-5\d\d-cached$/, "A 5xx says that the source is broken. It is never kept, whatever its headers say; the last good answer stands in."],
  [/^headers-store-Set-Cookie2?$|^304-etag-update-response-Set-Cookie2?$/, "Cookies that are set are for the caller whose request they answer, and are never kept."],
  [/^other-cookie$|^other-authorization-/, "Answers to requests with credentials are kept for each caller apart."],
  [/^headers-store-(Content|Transfer)-Encoding$|^304-etag-update-response-Content-Encoding$/, "The source names an encoding that nobody asked for: the answer is damaged."],
  [/^304-etag-update-response-Content-(Range|Type)$/, "A 304 does not change how the kept bytes are to be read (RFC 9111, section 3.2)."],
  [/^conditional-etag-forward/, "The caller's condition is judged here. The source is asked for the whole answer, so that it can be kept."],
  [/^conditional-etag-vary-headers-mismatch$/, "Validators belong to one variant, and are not sent for another."],
  [/^pragma-(request|response)-no-cache/, "Pragma: no-cache is taken for Cache-Control: no-cache where that is missing."],
  [/^stale-warning-/, "RFC 9111 has done away with Warning. Cache-Status says it."],
  // Where both are right, the careful one.
  [/^freshness-max-age-(100a|a100|decimal-)/, "A max-age that is no whole number is 0: the source is asked."],
  [/^freshness-max-age-two-/, "Of two values of max-age the shorter holds."],
  [/^headers-omit-headers-listed-in-Cache-Control-no-cache/, "no-cache with a list of fields is taken for no-cache."],
  [/^conditional-etag-/, "A tag that is not in quotes or not in ASCII is none."],
  [/^heuristic-delta-/, "A tenth of so short a time since Last-Modified is over when the next request comes."],
  // Where both are right, the forgiving one.
  [/^freshness-max-age-space-/, "Space around the equals sign is forgiven."],
  [/^freshness-max-age-date$/, "Only Age says how old an answer is: by Date, every source whose clock is slow would always be stale."],
  [/^age-parse-(numeric-)?parameter$/, "An Age with parameters is none, and counts as 0."],
  [/^other-age-delay$/, "An answer that comes straight from its source has the Age that the source gave it."],
  // What is not there.
  [/^cdn-/, "CDN-Cache-Control is for content delivery networks."],
  [/^partial-/, "Ranges are passed on to the source, and parts are not kept."],
  [/^interim-/, "A fetch shows no interim answers."],
  [/^head-/, "HEAD and GET are kept apart."],
  [/^method-POST$/, "Answers to POST are not kept."],
  [/^vary-normalise-lang-/, "Only space is made equal before variants are compared."],
  [/^cc-resp-immutable-fresh$/, "A caller who says no-cache has the source asked, immutable or not."],
  [/^conditional-lm-fresh-no-lm$/, "Without Last-Modified, Date is what counts, and it is later than what the caller has."],
];

export function whyNotMeant(id: string): string | undefined {
  return NOT_MEANT.find(([ids]) => ids.test(id))?.[1];
}

/** What the proxy does otherwise than `lastGoodFetch`, and why: of those that are meant to pass. */
export const NOT_THROUGH_PROXY: readonly (readonly [ids: RegExp, why: string])[] = [
  [/^freshness-max-age-s-maxage-private/, "The proxy is a shared cache, for which s-maxage counts."],
  [/^cc-resp-private-private$/, "The proxy is a shared cache, and keeps no answer that is private."],
  [/^cc-resp-immutable-stale$/, "It is about what the cache mode of a fetch adds to a request, and a proxy has no such mode."],
];

export function whyNotThroughProxy(id: string): string | undefined {
  return NOT_THROUGH_PROXY.find(([ids]) => ids.test(id))?.[1];
}
