import { isError, messageOf } from "@lastgood/core/adapter";
import type { Call, Outcome } from "./calls.ts";

/** The limits of a batch: large enough to make a commit worth its fsyncs, small enough not to delay a read for long. */
const mostCalls = 256;
const mostBytes = 4 * 1024 * 1024;

type Send = (calls: readonly Call[]) => Promise<readonly Outcome[]>;

interface Waiting {
  readonly call: Call;
  settle(outcome: Outcome): void;
}

/**
 * A queue of calls to the thread. One batch is under way at a time. Calls that come meanwhile form the next batch, so that
 * many writes share a commit. While a call waits here, its signal can cancel it.
 */
export class Lane {
  readonly #send: Send;
  readonly #gathers: boolean;
  readonly #waiting = new Set<Waiting>();
  #running: Promise<void> | undefined;

  /** @param gathers Whether the first call waits for others of its turn. Without it, the thread works while the caller goes on. */
  constructor(send: Send, gathers: boolean) {
    this.#send = send;
    this.#gathers = gathers;
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

  /** Resolves once no call is waiting or under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #drain(): Promise<void> {
    if (this.#gathers) await undefined; // Calls of the same turn form one batch.
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

  /** If the thread dies, all its calls fail with that error. */
  async #outcomes(calls: readonly Call[]): Promise<readonly Outcome[]> {
    try {
      return await this.#send(calls);
    } catch (error) {
      const outcome = { error: isError(error) ? error : new Error(messageOf(error), { cause: error }) };
      return calls.map(() => outcome);
    }
  }
}

const noOutcome: Outcome = { error: new Error("The database thread answered with fewer outcomes than there were calls") };

function payloadOf(call: Call): number {
  return call.name === "write" ? call.input.bytes.byteLength : 0;
}
