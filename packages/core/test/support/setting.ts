import { expect, onTestFinished, vi } from "vitest";
import {
  type BackupAdapter,
  type CacheAdapter,
  Datastore,
  type DatastoreEvents,
  type DatastoreOptions,
  type EventName,
} from "../../src/index.ts";
import { recordId } from "../../src/entry/record-id.ts";
import { type ManualClock, manualClock, memoryBackup } from "../../src/testing.ts";
import { Breakable, mapCache } from "./stores.ts";

export const MINUTE = 60_000;
export const DAY = 86_400_000;

const EVENTS = [
  "hit",
  "miss",
  "loaded",
  "loadFailed",
  "fallback",
  "recovered",
  "cacheFailed",
  "backupFailed",
  "backupCorrupt",
  "backupSkipped",
  "backupWritten",
  "culled",
  "backgroundFailed",
] as const satisfies readonly EventName[];

/** What a datastore tells, in order. */
export class Told {
  readonly all: { readonly name: EventName; readonly event: object }[] = [];

  constructor(datastore: Datastore) {
    for (const name of EVENTS) datastore.on(name, (event) => this.all.push({ name, event }));
  }

  get names(): readonly EventName[] {
    return this.all.map(({ name }) => name);
  }

  of<E extends EventName>(name: E): DatastoreEvents[E][] {
    // What is stored under a name came from the listener of that name.
    return this.all.filter((told) => told.name === name).map((told) => told.event as DatastoreEvents[E]);
  }

  forget(): void {
    this.all.length = 0;
  }
}

export interface Setting {
  readonly datastore: Datastore;
  readonly cache: Breakable<CacheAdapter>;
  readonly backup: Breakable<BackupAdapter>;
  readonly clock: ManualClock;
  readonly told: Told;
  /** What the clock showed at first. */
  readonly start: number;
  /** A new datastore on the same stores, as after a restart of the process or in another one. */
  another(options?: Partial<DatastoreOptions>): Datastore;
}

/** A datastore on breakable stores, with a clock that stands still. It is closed after the test, so that no retry of it disturbs the next one. */
export function setUp(options: Partial<DatastoreOptions> = {}): Setting {
  const cache = new Breakable(oneCache(options.cache));
  const { backup: given = memoryBackup() } = options;
  if (!("read" in given)) throw new Error("several backups have a setting of their own");
  const backup = new Breakable<BackupAdapter>(given);
  const clock = manualClock();
  const another = (others: Partial<DatastoreOptions> = {}): Datastore =>
    closedAfterwards(new Datastore({ clock, ...options, cache: cache.adapter, backup: backup.adapter, ...others }));
  const datastore = another();
  return { datastore, cache, backup, clock, told: new Told(datastore), start: clock.now(), another };
}

/** Not waited for, because a store of the test may hang. Some are made outside any test. */
function closedAfterwards(datastore: Datastore): Datastore {
  if (expect.getState().currentTestName !== undefined) onTestFinished(() => void datastore.close().catch(() => undefined));
  return datastore;
}

function oneCache(cache: DatastoreOptions["cache"] = mapCache()): CacheAdapter {
  if ("stores" in cache) return cache;
  throw new Error("a list of caches has a setting of its own, in near-and-far.test.ts");
}

/** The id under which a backup, or a cache of bytes, holds the record of a key. */
export const idOf = recordId;

/** From here on a deadline is over when the test says so: `await vi.advanceTimersByTimeAsync(…)`. */
export function holdDeadlines(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

/** A loader that fails. */
export function failing(error: unknown = new Error("the source is down")): () => Promise<never> {
  return () => Promise.reject(error);
}

/** What the promise rejects with; fails the test if it does not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in outcome) return outcome.error;
  throw new Error(`expected a rejection, and it resolved with ${String(outcome.value)}`);
}
