import type { Backup } from "./backup/backup.ts";
import type { WriteOutcome } from "./backup/owed-writes.ts";
import type { Stamps } from "./backup/stamps.ts";
import { type Awaitable, isPromiseLike, nothing, started } from "./base/async.ts";
import { KeyedQueue } from "./base/keyed-queue.ts";
import type { Cache } from "./cache/cache.ts";
import { Entry, type SeenMarks } from "./entry/entry.ts";
import type { RecordFormat } from "./entry/record-format.ts";
import type { ReadPath } from "./get/read-path.ts";
import { look } from "./marks/look.ts";
import type { Marks } from "./marks/marks.ts";
import type { GetPolicy } from "./options/policies.ts";
import type { Outages } from "./outage/outages.ts";
import { DatastoreError, messageOf } from "./report/errors.ts";
import type { Events } from "./report/events.ts";

export interface ChangesParts {
  readonly readPath: ReadPath;
  readonly cache: Cache;
  readonly backup: Backup;
  readonly records: RecordFormat;
  readonly stamps: Stamps;
  readonly marks: Marks;
  readonly outages: Outages;
  readonly events: Events;
  readonly now: () => number;
}

/** `set`, `expire` and `delete`. They win over a load that already runs, and reject if a store fails. */
export class Changes {
  readonly #parts: ChangesParts;
  readonly #preparing = new KeyedQueue();

  constructor(parts: ChangesParts) {
    this.#parts = parts;
  }

  async set(key: string, value: unknown, { ttl, tags }: Pick<GetPolicy, "ttl" | "tags">): Promise<void> {
    const { records, marks, now } = this.#parts;
    if (value === undefined) throw new TypeError(`set: value must be something to keep; got undefined for ${JSON.stringify(key)}. To forget a value, call delete`);
    const payload = records.encodeValue(key, value);
    await this.#inTurn(key, () => look(marks, key, tags, now()), (looked) => this.#set(key, value, ttl, payload, looked.seen()));
  }

  async #set(key: string, value: unknown, ttl: number, payload: Uint8Array, seen: SeenMarks | undefined): Promise<void> {
    const { readPath, cache, backup, stamps, outages, events } = this.#parts;
    const now = this.#parts.now();
    readPath.supersede(key);
    outages.recovered(key, now);
    const stamp = stamps.next(key, now);
    const entry = new Entry(value, now, now + ttl, false, undefined, stamp).marked(seen);
    const fill = (stamped: Entry): Awaitable<void> => (ttl > 0 ? cache.set(key, stamped, ttl, payload) : cache.delete(key, stamped.stamp));
    const written = started(() => backup.write({ key, loadedAt: now, stamp, payload, marks: seen, isSet: true }));
    const here = ttl > 0 ? () => cache.tryFillHere(key, entry, ttl) : () => cache.tryForgetHere(key, stamp);
    await allOrThrow(cache.isShared ? [() => written, here, () => this.#fillShared(key, entry, written, fill)] : [() => fill(entry), () => written]);
    events.emit("set", { key, loadedAt: now });
  }

  /** Other processes may see a value only once it is durable, because a crash must not take back an answer. */
  async #fillShared(key: string, entry: Entry, written: Promise<WriteOutcome>, fill: (entry: Entry) => Awaitable<void>): Promise<void> {
    const { cache } = this.#parts;
    const [outcome] = await Promise.allSettled([written, cache.tryInspect(key)]);
    if (outcome.status === "rejected") return fill(entry); // the write is owed: the value is the last good one of this process
    const { stamp, newest, isOvertaken } = outcome.value;
    await (isOvertaken ? cache.deleteIfNotNewer(key, newest - 1) : fill(entry.stamped(stamp)));
  }

  expire(key: string): Promise<void> {
    return this.#inTurn(key, nothing, () => this.#expire(key));
  }

  delete(key: string): Promise<void> {
    return this.#inTurn(key, nothing, () => this.#delete(key));
  }

  async #expire(key: string): Promise<void> {
    this.#parts.readPath.loads.supersede(key, "backup");
    await this.#parts.cache.expire(key, this.#stamp(key));
    this.#parts.events.emit("expired", { key });
  }

  async #delete(key: string): Promise<void> {
    const { readPath, cache, backup, outages } = this.#parts;
    readPath.supersede(key);
    outages.clear(key);
    const deletedAt = this.#stamp(key);
    const deleted = started(() => backup.delete(key, deletedAt));
    // Last, because another process may fall back until then and cache the old value again.
    const forget = async (): Promise<void> => {
      if (cache.isShared) await Promise.allSettled([deleted, cache.tryForgetHere(key, deletedAt)]);
      await cache.delete(key, deletedAt);
    };
    await allOrThrow([forget, () => deleted]);
    this.#parts.events.emit("deleted", { key });
  }

  /** A change begins after those that were asked for before: a `set` may have to wait until it is prepared. */
  #inTurn<T>(key: string, prepare: () => Awaitable<T>, change: (prepared: T) => Promise<void>): Promise<void> {
    const prepared = this.#preparing.run(key, prepare);
    return isPromiseLike(prepared) ? Promise.resolve(prepared).then(change) : change(prepared);
  }

  #stamp(key: string): number {
    return this.#parts.stamps.next(key, this.#parts.now());
  }
}

/** Runs all works, even if some fail, and then throws their errors. */
export async function allOrThrow(works: readonly (() => Awaitable<unknown>)[]): Promise<void> {
  const outcomes = await Promise.allSettled(works.map(async (work) => work()));
  const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new DatastoreError("STORE_FAILED", errors.map(messageOf).join("; "), { cause: new AggregateError(errors) });
}
