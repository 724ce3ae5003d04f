import { messageOf } from "@lastgood/core/adapter";
import type { Call, Outcome } from "./calls.ts";

/** One batch: large enough to make a commit worth its flushes, small enough for a read not to wait long behind it. */
const mostCalls = 256;
const mostBytes = 4 * 1024 * 1024;

type Send = (calls: readonly Call[]) => Promise<readonly Outcome[]>;

interface Waiting {
  readonly call: Call;
  settle(outcome: Outcome): void;
}

/**
 * Calls on their way to the thread. One batch is out at a time; what comes meanwhile waits here and makes the next one,
 * so that writes share commits exactly when there are many. As long as a call waits here, its signal takes it back.
 */
export class Lane {
  readonly #send: Send;
  readonly #waiting = new Set<Waiting>();
  #running: Promise<void> | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  run(call: Call, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const takeBack = (): void => {
        this.#waiting.delete(waiting);
        reject(signal?.reason);
      };
      const settle = (outcome: Outcome): void => {
        signal?.removeEventListener("abort", takeBack);
        if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.value);
      };
      const waiting: Waiting = { call, settle };

      if (signal?.aborted) return takeBack();
      signal?.addEventListener("abort", takeBack, { once: true });
      this.#waiting.add(waiting);
      this.#running ??= this.#drain();
    });
  }

  /** Resolves once nothing waits and nothing is out. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #drain(): Promise<void> {
    await undefined; // Calls made in the same turn go out together.
    while (this.#waiting.size > 0) {
      const batch = this.#nextBatch();
      const outcomes = await this.#outcomes(batch.map(({ call }) => call));
      batch.forEach(({ settle }, index) => settle(outcomes[index] ?? noOutcome));
    }
    this.#running = undefined;
  }

  #nextBatch(): readonly Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    for (const waiting of this.#waiting) {
      bytes += payloadOf(waiting.call);
      if (batch.length > 0 && (batch.length === mostCalls || bytes > mostBytes)) break;
      batch.push(waiting);
      this.#waiting.delete(waiting);
    }
    return batch;
  }

  /** A thread that died is the outcome of every call it had. */
  async #outcomes(calls: readonly Call[]): Promise<readonly Outcome[]> {
    try {
      return await this.#send(calls);
    } catch (error) {
      const outcome = { error: error instanceof Error ? error : new Error(messageOf(error), { cause: error }) };
      return calls.map(() => outcome);
    }
  }
}

const noOutcome: Outcome = { error: new Error("The database thread answered with fewer outcomes than there were calls") };

function payloadOf(call: Call): number {
  return call.name === "write" ? call.input.bytes.byteLength : 0;
}
