import { codeOf } from "@lastgood/core/adapter";

/** Writes to standard output, and resolves once all of it is out. A reader that has gone (`| head -1`) has had enough. */
export function print(output: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    const { stdout } = process;
    const failed = (error: Error): void => {
      if (codeOf(error) === "EPIPE") resolve();
      else reject(new Error(`standard output does not take the answer: ${error.message}`, { cause: error }));
    };
    stdout.on("error", failed); // stays: the error may be told of once more, later on
    stdout.write(output, (error) => (error ? failed(error) : resolve()));
  });
}
