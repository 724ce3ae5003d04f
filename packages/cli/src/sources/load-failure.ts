import { EXIT } from "../terminal/exit-codes.ts";

/** The source did not answer, or its answer cannot be used. */
export class LoadFailure extends Error {
  override readonly name: string = "LoadFailure";
  /** The exit code of the process if no backup can stand in. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The source answered as if all were well, but the answer must not be shown: a reader would take it for a good one. */
export class RefusedOutput extends LoadFailure {
  override readonly name: string = "RefusedOutput";

  constructor(why: string) {
    super(`output was refused: ${why}`, EXIT.refused);
  }
}
