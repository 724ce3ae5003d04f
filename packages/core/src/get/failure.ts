import type { Backup } from "../backup/backup.ts";
import { type Awaitable, isPromiseLike, mapAwaitable, nothing, started } from "../base/async.ts";
import { SmallMap } from "../base/small-set.ts";
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

/**
 * A failed load, and the answer of each caller: a backup that its policy accepts, or the loader's own error. Without promises where the stores
 * answer at once: in an outage, every get comes through here.
 */
export class Failure {
  readonly #load: Flight;
  readonly #error: unknown;
  readonly #standIn: StandIn;
  readonly #parts: FailureParts;
  readonly #backups = new SmallMap<GetPolicy, Awaitable<Result<unknown> | undefined>>();
  readonly #verdicts = new SmallMap<GetPolicy["shouldFallback"], boolean>();
  #reading: PromiseLike<unknown>[] | undefined;
  #waiting = 0;
  #forgetting: Promise<undefined> | undefined;

  constructor(load: Flight, error: unknown, standIn: StandIn, parts: FailureParts) {
    this.#load = load;
    this.#error = error;
    this.#standIn = standIn;
    this.#parts = parts;
  }

  /** Answers every caller. Resolves when all have their answers; until then the load can be joined. Never rejects. */
  settle(): Awaitable<void> {
    const { callers, policy } = this.#load;
    if (callers.size === 0) return this.#answerNobody(policy);
    return callers.size === 1 ? this.#answerOne(callers) : this.#answerAll(callers);
  }

  /** The answer for a caller with this policy. Throws or rejects with the loader's error. */
  for(policy: GetPolicy): Awaitable<Result<unknown>> {
    const backup = this.#backupFor(policy);
    return isPromiseLike(backup) ? backup.then((found) => this.#orThrow(found)) : this.#orThrow(backup);
  }

  #orThrow(backup: Result<unknown> | undefined): Result<unknown> {
    if (backup === undefined) throw this.#error;
    return backup;
  }

  /** Nearly every failed load has one caller. */
  #answerOne(callers: Iterable<GetPolicy>): Awaitable<void> {
    for (const caller of callers) return mapAwaitable(() => this.#backupFor(caller), nothing, nothing);
  }

  async #answerAll(callers: Iterable<GetPolicy>): Promise<void> {
    this.#waiting++; // so that #done() does not end it before all callers are counted
    // Callers that fall back come first, because the answer of another caller may delete the backup.
    const inOrder = Array.from(callers).sort((a, b) => Number(this.#fallsBack(b)) - Number(this.#fallsBack(a)));
    const answers = inOrder.map((caller) => started(() => this.#backupFor(caller)));
    this.#done();
    await Promise.allSettled(answers);
  }

  #backupFor(policy: GetPolicy): Awaitable<Result<unknown> | undefined> {
    if (this.#backups.has(policy)) return this.#backups.get(policy);
    this.#waiting++;
    const found = mapAwaitable(() => (this.#fallsBack(policy) ? this.#backup(policy) : this.#forgetIfGone()), (backup) => this.#counted(backup), (error) => this.#lost(error));
    return this.#backups.add(policy, found);
  }

  #counted(backup: Result<unknown> | undefined): Result<unknown> | undefined {
    this.#done();
    return backup;
  }

  #lost(error: unknown): never {
    this.#done();
    throw error;
  }

  /** Calls each function once, because a user's function may have side effects. */
  #fallsBack(policy: GetPolicy): boolean {
    const { shouldFallback } = policy;
    return this.#verdicts.get(shouldFallback) ?? this.#verdicts.add(shouldFallback, mayFallBack(policy, this.#error));
  }

  /** After a failed refresh ahead, the fresh copy stays in the cache. The next caller starts another load. */
  #answerNobody(policy: GetPolicy): Awaitable<void> {
    this.#load.isJoinable = false;
    return this.#fallsBack(policy) ? undefined : this.#forgetIfGone();
  }

  #backup(policy: GetPolicy): Awaitable<Result<unknown> | undefined> {
    const answer = this.#standIn.for(policy);
    if (isPromiseLike(answer)) (this.#reading ??= []).push(answer);
    return answer;
  }

  /** After a `GoneError`, deletes what was stored before the load began, and nothing newer. */
  #forgetIfGone(): Awaitable<undefined> {
    return isGoneError(this.#error) ? (this.#forgetting ??= this.#forget()) : undefined;
  }

  async #forget(): Promise<undefined> {
    const { cache, backup, outages } = this.#parts;
    await Promise.allSettled(this.#reading ?? []);
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
