import type { Backup } from "../backup/backup.ts";
import type { Result } from "../entry/result.ts";
import type { GetPolicy } from "../options/policies.ts";
import type { Fallback } from "./fallback.ts";
import { Flight } from "./flight.ts";
import type { Results } from "./results.ts";

export interface BackupReadParts {
  readonly backup: Backup;
  readonly fallback: Fallback;
  readonly results: Results;
  readonly now: () => number;
}

/** The second mode, `useCache: false`: a backup, if there is one, is the answer and the loader is not called. */
export class BackupRead extends Flight<Result<unknown> | undefined> {
  readonly #parts: BackupReadParts;

  constructor(key: string, policy: GetPolicy, parts: BackupReadParts) {
    super(key, policy);
    this.#parts = parts;
  }

  protected async run(): Promise<Result<unknown> | undefined> {
    const { backup, fallback, results, now } = this.#parts;
    const entry = await fallback.usable(this.key, this.policy);
    if (entry === undefined) return undefined;
    backup.tryTouch(this.key, entry, now());
    return results.of("backup", this.key, entry);
  }
}
