import type { Backup } from "../backup/backup.ts";
import type { Refusal, Skip } from "../backup/generations.ts";
import { type Awaitable, isPromiseLike, nothing } from "../base/async.ts";
import { SmallMap } from "../base/small-set.ts";
import type { Entry } from "../entry/entry.ts";
import type { GetPolicy } from "../options/policies.ts";
import { storedValueError } from "../options/validate.ts";

/**
 * The last good value of one key, read once for all callers that wait for the same work. Each caller applies its own `validate`, and tries
 * an older generation if that refuses.
 */
export class LastGood {
  readonly #key: string;
  readonly #backup: Backup;
  readonly #longestValidate: number;
  /** The entries that the first caller's `validate` has judged. */
  readonly #asked: Entry[] = [];
  readonly #accepted = new SmallMap<GetPolicy["validate"], Awaitable<Entry | undefined>>();
  #reading: Awaitable<Entry | undefined>;
  #hasBegun = false;

  constructor(key: string, backup: Backup, longestValidate: number) {
    this.#key = key;
    this.#backup = backup;
    this.#longestValidate = longestValidate;
  }

  /** The newest entry that the caller's `validate` accepts, whatever its age. */
  for(policy: GetPolicy): Awaitable<Entry | undefined> {
    const { validate } = policy;
    if (this.#accepted.has(validate)) return this.#accepted.get(validate);
    return this.#accepted.add(validate, this.#hasBegun ? this.#judge(policy, this.#reading) : this.#read(policy));
  }

  #read(policy: GetPolicy): Awaitable<Entry | undefined> {
    this.#hasBegun = true;
    this.#reading = this.#backup.tryRead(this.#key, this.#asking(this.#refusalOf(policy)));
    return this.#reading;
  }

  #asking(refusal: Refusal): Refusal {
    return (entry) => {
      this.#asked.push(entry);
      return refusal(entry);
    };
  }

  async #judge(policy: GetPolicy, reading: Awaitable<Entry | undefined>): Promise<Entry | undefined> {
    const refusal = this.#refusalOf(policy);
    const first = await reading;
    for (const entry of this.#asked.toSorted((a, b) => b.stamp - a.stamp)) {
      if ((await refusal(entry)) === undefined) return entry;
    }
    // If the first caller accepted one, older generations have not been read.
    return first === undefined ? undefined : this.#backup.tryRead(this.#key, refusal);
  }

  /** A `validate` that does not answer in time counts as refusing, and is not called again. */
  #refusalOf({ validate, timeout }: GetPolicy): Refusal {
    if (validate === undefined) return nothing;
    const key = this.#key;
    const deadline = Math.min(timeout, this.#longestValidate);
    let hung: Skip | undefined;
    const patience = { deadline, what: "the backup", late: (error: unknown) => (hung = { reason: "invalid", error }) };
    return (entry): Awaitable<Skip | undefined> => {
      if (hung !== undefined) return hung;
      const error = storedValueError(validate, entry.value, key, patience);
      return isPromiseLike(error) ? error.then(asSkip) : asSkip(error);
    };
  }
}

function asSkip(error: unknown): Skip | undefined {
  return error === undefined ? undefined : { reason: "invalid", error };
}
