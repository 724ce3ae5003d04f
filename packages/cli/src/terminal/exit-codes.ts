/** Exit codes of lastgood's own, the same as those of `timeout`, `env` and the shells. A command's own code is passed on. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  timedOut: 124,
  refused: 125,
  notExecutable: 126,
  notFound: 127,
  /** Plus the number of the signal. */
  signal: 128,
} as const;
