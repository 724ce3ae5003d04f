/** A key with its namespaces as programs are told of it: `"n\0k"` for `k` in the namespace `n`. A separator within a key stands there twice. */
export function shownRef(ref: string): string {
  return ref.replaceAll("\0\0", "\0");
}
