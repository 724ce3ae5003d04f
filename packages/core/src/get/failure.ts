import type { Backup } from "../backup/backup.ts";
import { nothing } from "../base/async.ts";
import type { Cache } from "../cache/cache.ts";
import type { Result } from "../entry/result.ts";
import { mayFallBack } from "../options/answers.ts";
import type { GetPolicy } from "../options/policies.ts";
import type { Outages } from "../outage/outages.ts";
import { isGoneError } from "../report/errors.ts";
import type { Flight } from "../load/flight.ts";
import type { StandIn } from "./stand-in.ts";

export interface FailureParts {
  readonly cache: Cache;
  readonly backup: Backup;
  readonly outages: Outages;
}

/** A failed load, and the answer of each caller: a backup that its policy accepts, or the loader's own error. */
export class Failure {
  readonly #load: Flight;
  readonly #error: unknown;
  readonly #standIn: StandIn;
  readonly #parts: FailureParts;
  readonly #answers = new Map<GetPolicy, Promise<Result<unknown>>>();
  readonly #verdicts = new Map<GetPolicy["shouldFallback"], boolean>();
  readonly #reading: Promise<unknown>[] = [];
  #waiting = 0;
  #forgetting: Promise<void> | undefined;

  constructor(load: Flight, error: unknown, standIn: StandIn, parts: FailureParts) {
    this.#load = load;
    this.#error = error;
    this.#standIn = standIn;
    this.#parts = parts;
  }

  /** Answers every caller. Resolves when all have their answers; until then the load can be joined. Never rejects. */
  async settle(): Promise<void> {
    const { callers, policy } = this.#load;
    if (callers.size === 0) return this.#answerNobody(policy);
    if (callers.size === 1) return this.#answerOne(callers);
    this.#waiting++; // so that #done() does not end it before all callers are counted
    // Callers that fall back come first, because the answer of another caller may delete the backup.
    const inOrder = Array.from(callers).sort((a, b) => Number(this.#fallsBack(b)) - Number(this.#fallsBack(a)));
    const answers = inOrder.map((caller) => this.for(caller));
    this.#done();
    await Promise.allSettled(answers);
  }

  /** The answer for a caller with this policy. Rejects with the loader's error. */
  for(policy: GetPolicy): Promise<Result<unknown>> {
    const known = this.#answers.get(policy);
    if (known !== undefined) return known;
    const answer = this.#answer(policy);
    this.#answers.set(policy, answer);
    return answer;
  }

  /** Nearly every failed load has one caller. */
  async #answerOne(callers: Iterable<GetPolicy>): Promise<void> {
    for (const caller of callers) await this.for(caller).then(nothing, nothing);
  }

  async #answer(policy: GetPolicy): Promise<Result<unknown>> {
    this.#waiting++;
    try {
      const backup = this.#fallsBack(policy) ? await this.#backup(policy) : await this.#forgetIfGone();
      if (backup === undefined) throw this.#error;
      return backup;
    } finally {
      this.#done();
    }
  }

  /** Calls each function once, because a user's function may have side effects. */
  #fallsBack(policy: GetPolicy): boolean {
    const known = this.#verdicts.get(policy.shouldFallback);
    const verdict = known ?? mayFallBack(policy, this.#error);
    this.#verdicts.set(policy.shouldFallback, verdict);
    return verdict;
  }

  /** After a failed refresh ahead, the fresh copy stays in the cache. The next caller starts another load. */
  async #answerNobody(policy: GetPolicy): Promise<void> {
    this.#load.isJoinable = false;
    if (!this.#fallsBack(policy)) await this.#forgetIfGone();
  }

  #backup(policy: GetPolicy): Promise<Result<unknown> | undefined> {
    const answer = this.#standIn.for(policy);
    this.#reading.push(answer);
    return answer;
  }

  /** After a `GoneError`, deletes what was stored before the load began, and nothing newer. */
  async #forgetIfGone(): Promise<undefined> {
    if (isGoneError(this.#error)) await (this.#forgetting ??= this.#forget());
  }

  async #forget(): Promise<void> {
    const { cache, backup, outages } = this.#parts;
    await Promise.allSettled(this.#reading);
    const { key, policy, mayWrite, stamp } = this.#load;
    if (mayWrite === "nothing") return;
    outages.clear(key);
    await Promise.all([policy.useCache && cache.tryDeleteIfNotNewer(key, stamp), backup.tryDeleteUpTo(key, stamp)]);
  }

  /** A caller that asks again after its answer must start another load. */
  #done(): void {
    if (--this.#waiting === 0) this.#load.isJoinable = false;
  }
}
