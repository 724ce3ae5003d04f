import { constants } from "node:os";
import { EXIT } from "./exit-codes.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** This process received a signal that asks it to end. */
export class Interruption extends Error {
  override readonly name: string = "Interruption";
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/**
 * Runs work whose signal is aborted with an `Interruption` when this process receives SIGINT, SIGTERM or SIGHUP.
 * Only the first signal is caught: a second one ends the process at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    stopListening();
    controller.abort(new Interruption(signal));
  };
  const stopListening = (): void => SIGNALS.forEach((signal) => process.off(signal, interrupt));
  SIGNALS.forEach((signal) => process.on(signal, interrupt));
  try {
    return await work(controller.signal);
  } finally {
    stopListening();
  }
}

/**
 * Sends this process the caught signal again once all its work has ended, so that the parent sees how it died.
 * Returns the exit code that shells report for this signal.
 */
export function endBy({ signal }: Interruption): number {
  process.once("beforeExit", () => {
    // Any other listener, such as one that cleans up lock files, would stop the signal from ending the process.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
  return EXIT.signal + constants.signals[signal];
}
