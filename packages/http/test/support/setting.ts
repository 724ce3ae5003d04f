import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, type DatastoreOptions } from "@lastgood/core";
import { type ManualClock, manualClock, memoryBackup } from "@lastgood/core/testing";
import { once } from "node:events";
import { createServer } from "node:net";
import { onTestFinished } from "vitest";
import { type RawAnswer, rawServer, type RawServer } from "./raw-server.mjs";

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

/** A server that is stopped when the test is over. */
export async function source(answer: RawAnswer): Promise<RawServer> {
  const server = await rawServer(answer);
  onTestFinished(() => server.stop());
  return server;
}

/** The URL of a server that speaks before it is asked, and something else than HTTP. */
export async function speaker(words: string): Promise<string> {
  const server = createServer((socket) => socket.on("error", () => undefined).end(words));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;
}

export interface Setting {
  readonly datastore: Datastore;
  readonly clock: ManualClock;
  /** A new datastore on the same backup, as after a restart of the process. */
  restart(): Datastore;
}

export function setUp(options: Partial<DatastoreOptions> = {}): Setting {
  const clock = manualClock();
  const backup = memoryBackup();
  const restart = (): Datastore => new Datastore({ clock, cache: memoryCache(), backup, ...options });
  const datastore = restart();
  onTestFinished(() => datastore.close());
  return { datastore, clock, restart };
}

/** The reason of a rejection. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it resolved with ${JSON.stringify(value)}`);
    },
    (reason: unknown) => reason,
  );
}
