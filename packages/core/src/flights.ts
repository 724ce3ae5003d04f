import type { Result } from "./result.ts";
import { SingleFlight } from "./single-flight.ts";

/** What runs at the moment, one of each kind per key. */
export class Flights {
  readonly loads: SingleFlight<Result<unknown>> = new SingleFlight();
  /** Reads of the backup before any load: `useCache: false`. */
  readonly reads: SingleFlight<Result<unknown> | undefined> = new SingleFlight();

  /** Whatever runs for this key answers its own callers, writes nothing, and is not joined any more. */
  supersede(key: string): void {
    this.loads.supersede(key, "nothing");
    this.reads.supersede(key, "nothing");
  }
}
