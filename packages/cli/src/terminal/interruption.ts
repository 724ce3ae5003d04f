import { constants } from "node:os";
import { EXIT } from "./exit-codes.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Somebody wants this process to end. */
export class Interruption extends Error {
  override readonly name: string = "Interruption";
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/**
 * Does work that gives up when this process is asked to end. The signal is aborted with an `Interruption`.
 * It takes one such request: at the second, the process ends on the spot.
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
 * Ends this process by the signal that it was sent, as its parent expects, once everything it had started has ended.
 * Returns the exit code that shells show for that.
 */
export function endBy({ signal }: Interruption): number {
  process.once("beforeExit", () => {
    // Whoever else listens, as lock files do to clean up, would keep the signal from ending anything.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
  return EXIT.signal + constants.signals[signal];
}
