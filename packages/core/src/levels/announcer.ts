import type { Announcements } from "../adapter/announcements.ts";
import type { Guard } from "../adapter/guard.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import type { Events } from "../report/events.ts";
import { RetryTimer } from "../time/retry-timer.ts";
import { type Announcement, encodeAnnouncement } from "./announcement.ts";

const MOST_OWED = 10_000;

type Change = Pick<Announcement, "outdates" | "forgets">;

export interface AnnouncerParts {
  readonly adapter: Announcements;
  readonly guard: Guard;
  readonly records: RecordFormat;
  readonly events: Events;
  readonly now: () => number;
  /** Names this datastore among all that listen. */
  readonly by: string;
}

/**
 * Tells the other processes which copies are no answers any more. They trust their copies as long as they hear, so what could not be
 * announced is announced later, until it is out.
 */
export class Announcer {
  readonly #parts: AnnouncerParts;
  readonly #owed = new Map<string, Change>();
  readonly #sending = new Map<string, Promise<boolean>>();
  readonly #retry: RetryTimer = new RetryTimer(() => void this.#trySendOwed());
  /** More keys are owed than can be remembered. */
  #owesAll = false;

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
  }

  /** Begins at once. `sent` waits for it. */
  tell(key: string, outdates: number, forgets: boolean): void {
    const sending = this.#trySend(key, forgets ? { outdates, forgets } : { outdates }).finally(() => {
      if (this.#sending.get(key) === sending) this.#sending.delete(key);
    });
    this.#sending.set(key, sending);
  }

  /** Resolves once the last announcement of this key is out, or is owed. */
  async sent(key: string): Promise<void> {
    await this.#sending.get(key);
  }

  /** Waits until everything is out, or is owed. */
  async settled(): Promise<void> {
    await Promise.all(this.#sending.values());
  }

  /** Announces nothing that is known to others, so that this process hears itself. Rejects if the store does not take it. */
  async hello(): Promise<void> {
    await this.#send({ outdates: 0 });
  }

  stop(): void {
    this.#retry.stop();
  }

  async #trySend(key: string, change: Change): Promise<boolean> {
    try {
      await this.#send({ key, ...change });
      return true;
    } catch (error) {
      this.#owe(key, change);
      this.#parts.events.emit("cacheFailed", { key, operation: "announce", error });
      return false;
    }
  }

  async #send(what: Omit<Announcement, "by">): Promise<void> {
    const { adapter, guard, records, now, by } = this.#parts;
    const message = encodeAnnouncement({ by, ...what }, records, now());
    await guard.call("announce", what.key, (call) => adapter.announce?.(message, call));
  }

  #owe(key: string, { outdates, forgets }: Change): void {
    const before = this.#owed.get(key);
    this.#owed.set(key, { outdates: Math.max(outdates, before?.outdates ?? 0), forgets: forgets === true || before?.forgets === true });
    if (this.#owed.size > MOST_OWED) {
      this.#owed.clear();
      this.#owesAll = true;
    }
    this.#retry.start();
  }

  async #trySendOwed(): Promise<void> {
    if (this.#owesAll && !(await this.#trySendAll())) return this.#retry.start();
    for (const [key, change] of this.#owed) {
      if (!(await this.#trySend(key, change))) return;
      if (this.#owed.get(key) === change) this.#owed.delete(key);
    }
    if (this.#owed.size === 0) this.#retry.stop();
    else this.#retry.start();
  }

  /** Every copy that was confirmed before now may be an old one. */
  async #trySendAll(): Promise<boolean> {
    try {
      await this.#send({ outdates: this.#parts.now() });
      this.#owesAll = false;
      return true;
    } catch (error) {
      this.#parts.events.emit("cacheFailed", { key: undefined, operation: "announce", error });
      return false;
    }
  }
}
