import type { Background } from "../base/background.ts";
import type { Events } from "../report/events.ts";
import { toldError } from "../report/told-error.ts";
import type { OutageLog } from "./outage-log.ts";
import type { OutageRecord } from "./outage-record.ts";
import { RecentMap } from "../base/recent-map.ts";
import { type Publication, Publications } from "./publications.ts";

/** A key that is served from its backup. */
export interface Outage {
  readonly key: string;
  /** Epoch milliseconds of the first failed load. */
  readonly since: number;
  /** How many loads in a row failed. */
  readonly failures: number;
  /** The error of the last load. */
  readonly error: unknown;
  /** `loadedAt` of the backup that stands in. */
  readonly loadedAt: number;
  /** Epoch milliseconds until which the cache may repeat the backup, if this process knows. */
  until?: number;
}

// Limited, so that keys which failed once and are never requested again do not fill memory.
const REMEMBERED = 10_000;

// How long an outage record may outlive the process that wrote it, in milliseconds.
const DENIED_FOR = 3_600_000;

const SHORTEST_INTERVAL = 1_000;

/** The keys that are served from their backup at the moment. Records in the store report them to other processes. */
export class Outages {
  readonly #byKey = new Map<string, Outage>();
  readonly #publishedAt = new Map<string, number>();
  readonly #retractedAt = new RecentMap<number>(10_000);
  readonly #publications: Publications;
  readonly #log: OutageLog;
  readonly #events: Events;
  readonly #background: Background;

  constructor(records: OutageLog, events: Events, background: Background) {
    this.#log = records;
    this.#events = events;
    this.#background = background;
    this.#publications = new Publications((key, publication) => this.#publish(key, publication), background);
  }

  get(key: string): Outage | undefined {
    return this.#byKey.get(key);
  }

  [Symbol.iterator](): IterableIterator<Outage> {
    return this.#byKey.values();
  }

  /** Notes that another load has failed, and that a backup from `loadedAt` stands in. */
  noteFailure(key: string, error: unknown, loadedAt: number, now: number): Outage {
    const before = this.#byKey.get(key);
    const outage: Outage = { key, since: before?.since ?? now, failures: (before?.failures ?? 0) + 1, error, loadedAt };
    this.#remember(outage);
    return outage;
  }

  /** Notes until when the cache may repeat the backup. */
  noteUntil(key: string, until: number): void {
    const outage = this.#byKey.get(key);
    if (outage !== undefined) outage.until = until;
  }

  /** Reports the outage to other processes, at most once per `interval` milliseconds, and at most once a second if fallbacks are not cached. */
  publish(key: string, interval: number, now: number): void {
    const recordedAt = this.#publishedAt.get(key);
    if (recordedAt !== undefined && now - recordedAt < Math.max(interval, SHORTEST_INTERVAL)) return;
    this.#publishedAt.set(key, now);
    this.#publications.add(key, { isFirst: recordedAt === undefined, at: now });
  }

  /** Notes that the key has a good value again. */
  recovered(key: string, now: number): void {
    const outage = this.clear(key);
    if (outage !== undefined) this.#events.emit("recovered", { key, after: Math.max(0, now - outage.since) });
  }

  /**
   * Deletes any outage record left by another process or an earlier run. `notModified()` writes no new backup, so nothing else shows
   * that the outage is over.
   */
  retract(key: string, now: number): void {
    if (now - (this.#retractedAt.get(key) ?? -Infinity) < DENIED_FOR) return;
    this.#retractedAt.set(key, now);
    this.#background.run(() => this.#log.delete(key));
  }

  /** Removes the outage of a key, here and for other processes. Returns it if this process knew of one. */
  clear(key: string): Outage | undefined {
    const outage = this.#byKey.get(key);
    if (outage === undefined) return undefined;
    this.#forget(key);
    this.#background.run(() => this.#log.delete(key));
    return outage;
  }

  /** Publishes all waiting outages without rests. */
  hurry(): void {
    this.#publications.hurry();
  }

  async #publish(key: string, { isFirst, at }: Publication): Promise<void> {
    if (isFirst) await this.#continue(key);
    const outage = this.#byKey.get(key);
    if (outage === undefined) return; // recovered meanwhile
    const { since, failures, error } = outage;
    await this.#log.write({ key, since, at, failures, error: toldError(error) });
  }

  /** Continues an outage that another process, or an earlier run, has recorded: it began then and not now. */
  async #continue(key: string): Promise<void> {
    const recorded = await this.#log.read(key);
    const outage = this.#byKey.get(key);
    if (outage === undefined || !isSame(recorded, outage)) return;
    const since = Math.min(recorded.since, outage.since);
    this.#byKey.set(key, { ...outage, since, failures: outage.failures + recorded.failures });
  }

  #remember(outage: Outage): void {
    const { key } = outage;
    if (!this.#byKey.has(key) && this.#byKey.size >= REMEMBERED) {
      const [oldest] = this.#byKey.keys();
      if (oldest !== undefined) this.#forget(oldest);
    }
    this.#byKey.set(key, outage);
  }

  #forget(key: string): void {
    this.#byKey.delete(key);
    this.#publishedAt.delete(key);
  }
}

/** Whether nothing has been loaded since the record was written. */
function isSame(recorded: OutageRecord | undefined, outage: Outage): recorded is OutageRecord {
  return recorded !== undefined && recorded.at >= outage.loadedAt;
}
