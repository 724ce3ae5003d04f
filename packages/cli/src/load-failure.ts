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

/** The source did not answer, or not with anything that can be used. */
export class LoadFailure extends Error {
  override readonly name: string = "LoadFailure";
  /** What the process exits with if no backup can stand in. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The source did answer, as if all were well, and its answer is not to be shown: whoever reads it would take it for a good one. */
export class RefusedOutput extends LoadFailure {
  override readonly name: string = "RefusedOutput";

  constructor(why: string) {
    super(`output was refused: ${why}`, EXIT.refused);
  }
}
