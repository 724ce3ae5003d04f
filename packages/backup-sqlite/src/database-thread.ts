import process from "node:process";
import { Worker } from "node:worker_threads";
import type { Batch, Call, Details, Input, LaneName, OperationName, Outcome, Output, Reply } from "./calls.ts";
import { Lane } from "./lane.ts";
import type { Settings } from "./options.ts";

interface Deferred {
  resolve(outcomes: readonly Outcome[]): void;
  reject(error: Error): void;
}

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
  readonly #replies = new Map<number, Deferred>();
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

  async run<Name extends OperationName>(name: Name, input: Input<Name>, signal?: AbortSignal): Promise<Output<Name>> {
    if (this.#closed) throw new Error(`The backup ${this.#settings.file} is closed`);
    const lane = name === "read" || name === "page" ? this.#lanes.reads : this.#lanes.writes;
    // Two casts, because the compiler cannot see that `name` determines the types of input and outcome.
    return (await lane.run({ name, input } as Call, signal)) as Output<Name>;
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
    return new Lane((calls) => this.#send(lane, calls), lane === "writes");
  }

  #send(lane: LaneName, calls: readonly Call[]): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      const batch: Batch = { number: this.#batches++, lane, calls };
      const worker = (this.#worker ??= this.#start());
      worker.ref();
      worker.postMessage(batch, calls.flatMap(transferable));
      this.#replies.set(batch.number, { resolve, reject });
    });
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

  #settle(worker: Worker, { number, outcomes, details }: Reply): void {
    this.#details = details ?? this.#details;
    this.#replies.get(number)?.resolve(outcomes);
    this.#replies.delete(number);
    if (this.#replies.size === 0) worker.unref();
  }

  #fail(worker: Worker, cause: Error | undefined): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const reason = cause?.message ?? "it ended";
    const error = new Error(`The database thread of ${this.#settings.file} died: ${reason}`, { cause });
    for (const { reject } of this.#replies.values()) reject(error);
    this.#replies.clear();
  }
}

/** The bytes of a write are already a private copy, so they are transferred and not copied again. */
function transferable(call: Call): ArrayBuffer[] {
  return call.name === "write" ? [call.input.bytes.buffer] : [];
}
