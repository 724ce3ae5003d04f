import process from "node:process";
import { Worker } from "node:worker_threads";
import type { Batch, Call, Details, LaneName, Output, Reply } from "./calls.ts";
import { Lane, type Settle } from "./lane.ts";
import type { Settings } from "./options.ts";

/**
 * The thread that owns the database, seen from outside.
 *
 * A commit takes five fsyncs. SQLite does these, and waits for locks, synchronously: 50 ms on a network disk, seconds on
 * an overloaded one. In a thread, they delay only the calls that need them.
 *
 * The thread starts with the first call and again after it has died. It keeps the process alive while it works, and
 * not while it is idle.
 */
export class DatabaseThread {
  readonly #settings: Settings;
  readonly #lanes = { reads: this.#lane("reads"), writes: this.#lane("writes") };
  readonly #replies = new Map<number, Settle>();
  #batches = 0;
  #details: Readonly<Record<keyof Details, string>> | undefined;
  #worker: Worker | undefined;
  #closed: Promise<void> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** `undefined` until the database has been opened once. */
  get details(): Readonly<Record<keyof Details, string>> | undefined {
    return this.#details;
  }

  run<OneCall extends Call>(call: OneCall, signal?: AbortSignal): Promise<Output<OneCall[0]>> {
    if (this.#closed) return Promise.reject(new Error(`The backup ${this.#settings.file} is closed`));
    const [name] = call;
    const lane = name === "read" || name === "page" ? this.#lanes.reads : this.#lanes.writes;
    return lane.run(call, signal) as Promise<Output<OneCall[0]>>; // as the thread answers a call of this name
  }

  /** Ends the thread once every call so far has settled. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#lanes.reads.idle(), this.#lanes.writes.idle()]);
    await this.#worker?.terminate();
  }

  #lane(lane: LaneName): Lane {
    // Writes share a commit. Each read is a query of its own, so the first need not wait for others.
    return new Lane((calls, settle) => this.#send(lane, calls, settle), lane === "writes");
  }

  #send(lane: LaneName, calls: readonly Call[], settle: Settle): void {
    const number = this.#batches++;
    const batch: Batch = [number, lane, calls];
    const worker = (this.#worker ??= this.#start());
    worker.postMessage(batch, transferable(calls)); // If it throws, nothing is under way.
    worker.ref();
    this.#replies.set(number, settle);
  }

  #start(): Worker {
    // The thread does not inherit Node's flags, because --input-type and --import would break it.
    // Its SQLite is used on purpose, so it need not tell that Node 22 and 24 call theirs an experiment.
    // "#worker" is named in package.json and is the same file whether this one runs compiled or not.
    const worker = new Worker(new URL(import.meta.resolve("#worker")), {
      name: "@lastgood/backup-sqlite",
      workerData: this.#settings,
      execArgv: process.allowedNodeEnvironmentFlags.has("--disable-warning") ? ["--disable-warning=ExperimentalWarning"] : [],
    });
    worker.on("message", (reply: Reply) => this.#settle(worker, reply));
    worker.on("error", (error) => this.#fail(worker, error));
    worker.on("exit", () => this.#fail(worker, undefined));
    return worker;
  }

  #settle(worker: Worker, [number, outcomes, details]: Reply): void {
    this.#details = details ?? this.#details;
    const settle = this.#replies.get(number);
    this.#replies.delete(number);
    settle?.(outcomes); // This may send the next batch.
    if (this.#replies.size === 0) worker.unref();
  }

  #fail(worker: Worker, cause: Error | undefined): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const reason = cause?.message ?? "it ended";
    const error = new Error(`The database thread of ${this.#settings.file} died: ${reason}`, { cause });
    const replies = Array.from(this.#replies.values());
    this.#replies.clear();
    for (const settle of replies) settle([], error); // This may start the next thread.
  }
}

/** The bytes of a write are already a private copy, so they are transferred and not copied again. */
function transferable(calls: readonly Call[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const call of calls) if (call[0] === "write") buffers.push(call[2].buffer);
  return buffers;
}
