import { codeOf } from "@lastgood/core/adapter";

let isHeard = false;

/** Writes to standard output. Resolves once all of it is written, or once the reader has closed the pipe (`| head -1`). */
export function print(output: Uint8Array | string): Promise<void> {
  hearErrors();
  return new Promise((resolve, reject) => {
    process.stdout.write(output, (error) => {
      if (error === undefined || error === null || codeOf(error) === "EPIPE") resolve();
      else reject(new Error(`standard output cannot be written: ${error.message}`, { cause: error }));
    });
  });
}

/** The stream emits the error that the write is told of, perhaps later and again: without a listener that would end the process. */
function hearErrors(): void {
  if (!isHeard) process.stdout.on("error", () => undefined);
  isHeard = true;
}
