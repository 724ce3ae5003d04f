import { codeOf } from "@lastgood/core/adapter";

/** Writes to standard output. Resolves once all of it is written, or once the reader has closed the pipe (`| head -1`). */
export function print(output: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    const { stdout } = process;
    const failed = (error: Error): void => {
      if (codeOf(error) === "EPIPE") resolve();
      else reject(new Error(`standard output cannot be written: ${error.message}`, { cause: error }));
    };
    stdout.on("error", failed); // never removed: the stream may emit the error again later
    stdout.write(output, (error) => (error ? failed(error) : resolve()));
  });
}
