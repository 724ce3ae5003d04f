import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { EXIT } from "../terminal/exit-codes.ts";
import { interruptible, Interruption } from "../terminal/interruption.ts";
import { say } from "../terminal/say.ts";
import { aborted, showAddress } from "./serve-until-stopped.ts";
import type { Message } from "./worker.ts";

/** Milliseconds. A worker that lives for less has not been well: the next one waits, twice as long each time. */
const WELL_AFTER = 10_000;
const FIRST_REST = 100;
const LONGEST_REST = 30_000;

type Address = { readonly address: string; readonly port: number; readonly addressType: number | string };

/** Runs several processes on one port, and starts another for one that dies, until a signal stops all. Resolves with the exit code. */
export async function runWorkers(count: number, describe: (address: string) => string): Promise<number> {
  const workers = new Workers();
  try {
    return await interruptible(async (signal) => {
      const first = workers.start();
      const address = await listening(first);
      if (address === undefined) return EXIT.refused; // it has said why
      workers.watch(first);
      await Promise.all(
        Array.from({ length: count - 1 }, async () => {
          const worker = workers.start();
          workers.watch(worker);
          await listening(worker);
        }),
      );
      signal.throwIfAborted();
      say(`${describe(showAddress(address.address, address.port, address.addressType === 6))}, with ${count} workers`);
      return await aborted(signal);
    });
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    return await workers.stop();
  }
}

/** Where it listens; `undefined` if it ends before. */
async function listening(worker: Worker): Promise<Address | undefined> {
  const ended = once(worker, "exit").then(() => undefined);
  return await Promise.race([once(worker, "listening").then(([address]) => address as Address), ended]); // what cluster says
}

class Workers {
  #isStopping = false;
  #rest = FIRST_REST;
  readonly #resting = new Set<NodeJS.Timeout>();

  start(): Worker {
    const worker = cluster.fork();
    worker.on("message", (message: Message) => {
      for (const other of this.#all) if (other !== worker && other.isConnected()) other.send(message, () => undefined);
    });
    return worker;
  }

  /** Starts another one when this one dies. */
  watch(worker: Worker): void {
    const startedAt = performance.now();
    worker.once("exit", (code, signal) => {
      if (this.#isStopping) return;
      const wasWell = performance.now() - startedAt > WELL_AFTER;
      this.#rest = wasWell ? FIRST_REST : Math.min(2 * this.#rest, LONGEST_REST);
      say(`a worker ended with ${signal ? `signal ${signal}` : `code ${code}`}; another one is started`);
      this.#startIn(wasWell ? 0 : this.#rest);
    });
  }

  #startIn(ms: number): void {
    const resting = setTimeout(() => {
      this.#resting.delete(resting);
      this.watch(this.start());
    }, ms);
    this.#resting.add(resting);
  }

  /** Each answers what is under way, and writes the backups that are owed. */
  async stop(): Promise<number> {
    this.#isStopping = true;
    for (const resting of this.#resting) clearTimeout(resting);
    await Promise.all(
      this.#all.map(async (worker) => {
        const ended = once(worker, "exit");
        // Not a message: one that is still starting would not hear it.
        worker.process.kill("SIGTERM");
        await ended;
      }),
    );
    return EXIT.ok;
  }

  get #all(): Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker): worker is Worker => worker?.isDead() === false);
  }
}
