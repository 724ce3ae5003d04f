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

/** What each exit code says: the table of the help and of the README. */
export const EXIT_CODES: readonly (readonly [codes: string, meaning: string])[] = [
  ["0", "an answer, a backup that stands in included (see --stale-exit); done"],
  ["1", "no answer: the URL failed; nothing is kept; the cull was put off"],
  ["2", "the command line was not understood"],
  ["124", "no answer: the source took longer than --timeout"],
  ["125", "no answer: the output was refused; or a store or lastgood failed"],
  ["126", "no answer: the command cannot be executed"],
  ["127", "no answer: the command was not found"],
  ["others", "the command's own, or 128 and the signal's number if it was killed"],
];
