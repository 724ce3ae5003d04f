import { Flight } from "../load/flight.ts";
import type { LastGood } from "./last-good.ts";
import type { GetPolicy } from "../options/policies.ts";

/** The second mode, `useCache: false`: a backup, if there is one, is the answer and the loader is not called. */
export class BackupRead extends Flight<LastGood> {
  readonly #lastGood: LastGood;

  constructor(key: string, policy: GetPolicy, lastGood: LastGood) {
    super(key, policy);
    this.#lastGood = lastGood;
  }

  /** Resolves when the backup has been read; each caller applies its own `validate` and `maxStale`. */
  protected run(): void {
    this.endWith(async () => {
      await this.#lastGood.for(this.policy);
      return this.#lastGood;
    });
  }
}
