import { EXIT } from "../terminal/exit-codes.ts";

/** The source did not answer, or its answer is unusable. */
export class LoadFailure extends Error {
  override readonly name: string = "LoadFailure";
  /** The exit code of lastgood if no backup can stand in. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The source reported success with a wrong answer. The answer is not printed, because a reader would believe it. */
export class RefusedOutput extends LoadFailure {
  override readonly name: string = "RefusedOutput";

  constructor(why: string) {
    super(`output was refused: ${why}`, EXIT.refused);
  }
}
