import { isError, messageOf } from "@lastgood/core/adapter";
import type { Call, Failure, Outcome } from "./calls.ts";

/** The limits of a batch: large enough to make a commit worth its fsyncs, small enough not to delay a read for long. */
const mostCalls = 256;
const mostBytes = 4 * 1024 * 1024;

/** Takes the outcomes of a batch, one for each call in the same order. With an error, all have failed with it. */
export type Settle = (outcomes: readonly Outcome[], error?: Error) => void;

/** Sends a batch, and settles it after it has returned. May throw instead. */
type Send = (calls: readonly Call[], settle: Settle) => void;

interface Waiting {
  readonly call: Call;
  settle(outcome: Outcome): void;
}

/**
 * A queue of calls to the thread. One batch is under way at a time. Calls that come meanwhile form the next batch, so that
 * many writes share a commit. While a call waits here, its signal can cancel it.
 *
 * No promises are between a call and its outcome but the caller's own: each step counts in a process that has just been
 * woken.
 */
export class Lane {
  readonly #send: Send;
  readonly #gathers: boolean;
  readonly #waiting = new Set<Waiting>();
  #isIdle = true;
  readonly #whenIdle: (() => void)[] = [];

  /** @param gathers Whether the first call waits for others of its turn. Without it, the thread works while the caller goes on. */
  constructor(send: Send, gathers: boolean) {
    this.#send = send;
    this.#gathers = gathers;
  }

  run(call: Call, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const settle = (outcome: Outcome): void => (isFailure(outcome) ? reject(outcome.error) : resolve(outcome));
      const waiting = signal ? this.#revocable(call, signal, settle, reject) : { call, settle };
      this.#waiting.add(waiting);
      if (this.#isIdle) this.#begin();
    });
  }

  /** Resolves once no call is waiting or under way. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isIdle) resolve();
      else this.#whenIdle.push(resolve);
    });
  }

  /** A call that its signal takes back while it waits. Once it is under way, the caller alone gives up. */
  #revocable(call: Call, signal: AbortSignal, settle: Waiting["settle"], reject: (reason: unknown) => void): Waiting {
    const takeBack = (): void => {
      this.#waiting.delete(waiting);
      reject(signal.reason);
    };
    const waiting: Waiting = {
      call,
      settle(outcome) {
        signal.removeEventListener("abort", takeBack);
        settle(outcome);
      },
    };
    signal.addEventListener("abort", takeBack, { once: true });
    return waiting;
  }

  #begin(): void {
    this.#isIdle = false;
    if (this.#gathers) void Promise.resolve().then(() => this.#sendNext()); // Calls of the same turn form one batch.
    else this.#sendNext();
  }

  #sendNext(): void {
    if (this.#waiting.size === 0) return this.#rest();
    const batch = this.#nextBatch();
    const settle: Settle = (outcomes, error = noOutcome) => {
      for (let index = 0; index < batch.length; index++) batch[index]?.settle(index < outcomes.length ? outcomes[index] : { error });
      this.#sendNext();
    };
    try {
      this.#send(batch.map(({ call }) => call), settle);
    } catch (error) {
      // Later, as an answer would come: batches that all fail must not fail within each other.
      void Promise.resolve().then(() => settle([], isError(error) ? error : new Error(messageOf(error), { cause: error })));
    }
  }

  #rest(): void {
    this.#isIdle = true;
    if (this.#whenIdle.length > 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
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
}

const noOutcome = new Error("The database thread answered with fewer outcomes than there were calls");

function isFailure(outcome: Outcome): outcome is Failure {
  return typeof outcome === "object" && "error" in outcome;
}

function payloadOf(call: Call): number {
  return call[0] === "write" ? call[2].byteLength : 0;
}
