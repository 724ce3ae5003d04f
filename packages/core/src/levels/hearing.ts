import type { Announcements, Listening } from "../adapter/announcements.ts";
import type { Guard } from "../adapter/guard.ts";
import type { Background } from "../base/background.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import type { Events } from "../report/events.ts";
import type { WatchedClock } from "../time/watched-clock.ts";
import { decodeAnnouncement } from "./announcement.ts";
import type { Heard } from "./trust.ts";

export interface HearingParts {
  readonly adapter: Announcements;
  readonly guard: Guard;
  readonly records: RecordFormat;
  readonly events: Events;
  readonly background: Background;
  readonly clock: WatchedClock;
  /** For how many milliseconds after a confirmation this process may go on as if it heard everything. */
  readonly nearTtl: number;
  readonly by: string;
  /** Announces something that this process is to hear itself. */
  readonly hello: () => Promise<void>;
  /** Another process has announced that copies with a stamp less than `outdates` are no answers any more; with `forgets`, no copy is. */
  readonly changed: (key: string, outdates: number, forgets: boolean) => void;
}

/**
 * Hears what other processes announce. A lost subscription looks like a silent one, so from time to time it is confirmed that everything was
 * heard: within half of `nearTtl`, while gets ask for it. No timer runs.
 */
export class Hearing implements Heard {
  /** The time after which everything has been heard; `Infinity` while that is not known. */
  since: number = Infinity;
  /** The time until which that may be relied upon. */
  until = 0;
  readonly #parts: HearingParts;
  #listening: Listening | undefined;
  #gaps = 0;
  #gapAt = 0;
  /** Since the last gap, this process has heard itself: its announcements are heard, and so may be those of others. */
  #hearsItself = false;
  #isConfirming = false;
  #confirmAgainAt = 0;
  #isStopped = false;

  constructor(parts: HearingParts) {
    this.#parts = parts;
  }

  /** Begins a confirmation if the last one is half over. Called for each get. */
  keepUp(time: number): void {
    if (time < this.#confirmAgainAt || this.#isConfirming || this.#isStopped) return;
    this.#isConfirming = true;
    this.#confirmAgainAt = time + this.#parts.nearTtl / 2;
    this.#parts.background.run(() => this.#tryConfirm(time));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.since = Infinity;
    await this.#listening?.stop();
  }

  async #tryConfirm(time: number): Promise<void> {
    const gaps = this.#gaps;
    try {
      await this.#confirm();
      if (gaps === this.#gaps && this.#hearsItself) this.#confirmed(time);
    } catch (error) {
      if (!this.#isStopped) this.#parts.events.emit("cacheFailed", { key: undefined, operation: "listen", error });
    } finally {
      this.#isConfirming = false;
      if (gaps !== this.#gaps) this.#confirmAgainAt = 0;
    }
  }

  async #confirm(): Promise<void> {
    const { guard, hello } = this.#parts;
    const listening = (this.#listening ??= this.#listen());
    await guard.call("listen", undefined, (call) => listening.confirm(call));
    if (this.#hearsItself || this.#isStopped) return;
    await hello();
    await guard.call("listen", undefined, (call) => listening.confirm(call));
  }

  #confirmed(time: number): void {
    this.since = this.#gapAt;
    this.until = time + this.#parts.nearTtl;
  }

  #listen(): Listening {
    const listening = this.#parts.adapter.listen?.({ heard: (message) => this.#heard(message), gap: () => this.#gap() });
    if (listening === undefined) throw new TypeError("listen returned no subscription");
    return listening;
  }

  /** Time as if the clock had never been set back. */
  #time(): number {
    const { clock } = this.#parts;
    return clock.now() + clock.setBack;
  }

  #gap(): void {
    this.#gaps++;
    this.#gapAt = this.#time();
    this.since = Infinity;
    this.#hearsItself = false;
    this.#confirmAgainAt = 0;
  }

  #heard(message: Uint8Array): void {
    const { records, clock, by, changed } = this.#parts;
    const told = decodeAnnouncement(message, records, clock.now());
    if (told === undefined) return;
    if (told.by === by) this.#hearsItself = true;
    else if (told.key !== undefined) changed(told.key, told.outdates, told.forgets === true);
    else if (told.outdates > 0) this.#gap();
  }
}
