import type { CacheAdapter } from "../adapter/contract.ts";
import type { Guard } from "../adapter/guard.ts";
import type { Background } from "../base/background.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import type { Events } from "../report/events.ts";
import type { WatchedClock } from "../time/watched-clock.ts";

/** What a level is made of. */
export interface LevelParts {
  readonly adapter: CacheAdapter;
  readonly guard: Guard;
  readonly records: RecordFormat;
  readonly events: Events;
  readonly background: Background;
  readonly clock: WatchedClock;
  /** Called when the store has taken a write. Copies of the key with a stamp less than `outdates` are outdated; if it `forgets`, all are. */
  readonly acknowledged?: ((key: string, outdates: number, forgets: boolean) => void) | undefined;
}
