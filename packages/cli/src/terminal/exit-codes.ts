/** lastgood's own exit codes, which follow `timeout`, `env` and the shells. A command's exit code is passed on. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  timedOut: 124,
  refused: 125,
  notExecutable: 126,
  notFound: 127,
  /** Added to the number of the signal. */
  signal: 128,
} as const;

/** The meaning of each exit code. A test compares the README and the manual with this table. */
export const EXIT_CODES: readonly (readonly [codes: string, meaning: string])[] = [
  ["0", "an answer, also a backup that stands in (see --stale-exit); done"],
  ["1", "no answer: the URL failed; no such key or store; cull postponed; something bad was found"],
  ["2", "the command line was not understood"],
  ["124", "no answer: the source took longer than --timeout"],
  ["125", "no answer: the output was refused; or a store or lastgood failed"],
  ["126", "no answer: the command cannot be executed"],
  ["127", "no answer: the command was not found"],
  ["others", "the command's own, or 128 and the signal's number if it was killed"],
];

/** The same in three lines: the help has to fit a screen. */
export const EXIT_CODES_IN_SHORT =
  "Exit codes: 0 an answer, or done; 1 no answer, no such key or store, or something bad was found; 2 a wrong command line; 124 took too long; 125 refused, or a store failed; 126 and 127 as in shells; others are the command's own.";
