import type { BackupStoreHealth } from "../adapter/breaker.ts";
import type { BackupAdapter, BackupInfo, BackupRecord } from "../adapter/contract.ts";
import { READ_ONLY } from "../adapter/read-only.ts";
import { Background } from "../base/background.ts";
import { DatastoreError, type Operation } from "../report/errors.ts";
import { type Answer, newestOf, throwIfUnknown } from "./answers.ts";
import { IdSet } from "./id-set.ts";
import { Member } from "./member.ts";
import type { RecordWrite } from "./missed-changes.ts";
import { REFUSED } from "./refused.ts";

export interface MirrorOptions {
  /** How many stores have a record on their disks when its write resolves. */
  readonly copies: number;
  /** How long one call of a store may take, in milliseconds. */
  readonly timeout: number;
  readonly now: () => number;
  /** Hears of each call that a store has failed at while others did not. */
  readonly report: (operation: Operation, error: unknown) => void;
  /** Whether the bytes of a record are as they were written. */
  readonly isWhole: (bytes: Uint8Array) => boolean;
}

/**
 * Several backups as one. A write goes to all, and is over when `copies` of them have it. A read asks all and takes the greatest
 * stamp of those that answer; those that were behind are brought up to it. A store that fails is told later of what it has missed.
 */
export class MirroredBackup implements BackupAdapter {
  readonly name: string;
  readonly lock?: NonNullable<BackupAdapter["lock"]>;
  readonly #members: readonly Member[];
  readonly #options: MirrorOptions;
  readonly #background: Background;

  constructor(adapters: readonly BackupAdapter[], options: MirrorOptions) {
    this.name = adapters.map(({ name }) => name).join("+");
    this.#options = options;
    this.#background = new Background(() => undefined); // each piece tells of its own failures
    const newestElsewhere = (id: string, except: Member): Promise<BackupRecord | undefined> => this.#newestElsewhere(id, except);
    const run = (work: () => Promise<unknown>): void => this.#background.run(work);
    this.#members = adapters.map((adapter) => new Member({ adapter, timeout: options.timeout, now: options.now, newestElsewhere }, run));
    const locking = adapters.find(({ lock }) => lock !== undefined);
    if (locking !== undefined) this.lock = (call) => locking.lock?.(call);
  }

  /** Of each store. */
  get health(): readonly BackupStoreHealth[] {
    return this.#members.map(({ health }) => health);
  }

  async read(id: string, { before }: { readonly before?: number | undefined } = {}): Promise<BackupRecord | undefined> {
    const answers = await this.#ask(id, before);
    const newest = newestOf(id, answers, this.#options.isWhole);
    if (newest === undefined) throwIfUnknown(answers);
    else if (before === undefined) this.#bringUp(id, newest, answers);
    this.#reportFailures("read", answers);
    return newest;
  }

  async write(id: string, bytes: Uint8Array, { loadedAt, usedAt }: { readonly loadedAt: number; readonly usedAt: number }): Promise<number> {
    // It is kept for those that miss it, and the caller's bytes are the caller's.
    const write: RecordWrite = { bytes: new Uint8Array(bytes), loadedAt, usedAt };
    return this.#enoughOf(this.#members.map((member) => member.write(id, write)));
  }

  async touch(id: string, { usedAt }: { readonly usedAt: number }): Promise<void> {
    const outcomes = await Promise.allSettled(this.#members.map((member) => member.touch(id, usedAt)));
    this.#throwIfNone("touch", outcomes);
  }

  /** What several have comes once. What one has failed at is thrown at the end. */
  async *list(): AsyncGenerator<BackupInfo, void> {
    const seen = new IdSet();
    const failures: unknown[] = [];
    for (const member of this.#members) {
      try {
        for await (const info of member.list()) if (seen.add(info.id)) yield info;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  async delete(id: string, { ifUsedBefore }: { readonly ifUsedBefore?: number | undefined } = {}): Promise<boolean> {
    if (ifUsedBefore !== undefined) return this.#deleteUnused(id, ifUsedBefore);
    const outcomes = await Promise.allSettled(this.#members.map((member) => member.delete(id)));
    this.#throwIfNone("delete", outcomes);
    return outcomes.some((outcome) => outcome.status === "fulfilled" && outcome.value === true);
  }

  /** Waits until every store has everything. Throws `NOT_DURABLE` if one does not take it. */
  async flush(): Promise<void> {
    await this.#background.drain();
    await Promise.all(this.#members.map((member) => member.settle()));
    for (const { name, pendingWrites } of this.health) {
      if (pendingWrites === 0) continue;
      throw new DatastoreError("NOT_DURABLE", `${pendingWrites} changes are missing in one of the backups: ${name} does not take them`, { adapter: name, operation: "write" });
    }
  }

  async close(): Promise<void> {
    await this.#background.drain();
    const outcomes = await Promise.allSettled(this.#members.map((member) => member.close()));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  async #ask(id: string, before: number | undefined, members: readonly Member[] = this.#members): Promise<readonly Answer[]> {
    return Promise.all(
      members.map(async (member) => {
        try {
          return { member, record: await member.read(id, before) };
        } catch (error) {
          return { member, error };
        }
      }),
    );
  }

  /** What is damaged is replaced as well. */
  #bringUp(id: string, newest: BackupRecord, answers: readonly Answer[]): void {
    const { isWhole } = this.#options;
    // A change that is under way puts them right itself.
    if (!isWhole(newest.bytes) || this.#members.some((member) => member.isBehind(id))) return;
    const isUpToDate = ({ record }: Answer): boolean => record !== undefined && record.loadedAt === newest.loadedAt && isWhole(record.bytes);
    const behind = answers.filter((answer) => !("error" in answer) && !isUpToDate(answer));
    if (behind.length === 0) return;
    this.#background.run(async () => this.#reportRejected("write", await Promise.allSettled(behind.map(({ member }) => member.bringUp(id, isWhole)))));
  }

  async #newestElsewhere(id: string, except: Member): Promise<BackupRecord | undefined> {
    const answers = await this.#ask(id, undefined, this.#members.filter((member) => member !== except));
    const newest = newestOf(id, answers, this.#options.isWhole);
    if (newest === undefined) throwIfUnknown(answers);
    return newest;
  }

  /**
   * A store that cannot be asked may have what the others do not: then nothing is deleted, not even a tombstone. Otherwise all get
   * the newest record first, so that the one that stays, as it was used later, is that one.
   */
  async #deleteUnused(id: string, ifUsedBefore: number): Promise<boolean> {
    await Promise.all(this.#members.map((member) => member.tell(id)));
    const answers = await this.#ask(id, undefined);
    for (const answer of answers) if ("error" in answer) throw answer.error;
    const newest = newestOf(id, answers, this.#options.isWhole);
    if (newest === undefined) return false;
    const behind = answers.filter(({ record }) => record !== undefined && record.loadedAt < newest.loadedAt);
    await Promise.all(behind.map(({ member }) => member.bringUp(id, this.#options.isWhole, 0)));
    const deleted = await Promise.all(this.#members.map((member) => member.deleteUnused(id, ifUsedBefore)));
    return deleted.includes(true);
  }

  /** Resolves once enough stores have it, with the greatest stamp of these. Rejects once that cannot be any more. */
  #enoughOf(writes: readonly Promise<number | typeof REFUSED>[]): Promise<number> {
    return new Promise((resolve, reject) => {
      let newest = 0;
      let done = 0;
      let refused = 0;
      const failures: unknown[] = [];
      const settle = (): void => {
        const enough = Math.min(this.#options.copies, writes.length - refused);
        if (done > 0 && done >= enough) resolve(newest);
        else if (done + failures.length + refused === writes.length) reject(failures[0] ?? Object.assign(new Error("each of these backups is read-only"), { code: READ_ONLY }));
      };
      const work = writes.map(async (write) => {
        try {
          const stamp = await write;
          if (stamp === REFUSED) refused++;
          else {
            done++;
            newest = Math.max(newest, stamp);
          }
        } catch (error) {
          failures.push(error);
        }
        settle();
      });
      this.#background.run(async () => {
        await Promise.all(work);
        if (done > 0) for (const error of failures) this.#options.report("write", error);
      });
    });
  }

  #throwIfNone(operation: Operation, outcomes: readonly PromiseSettledResult<unknown>[]): void {
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined && outcomes.every(({ status }) => status === "rejected")) throw failed.reason;
    this.#reportRejected(operation, outcomes);
  }

  #reportRejected(operation: Operation, outcomes: readonly PromiseSettledResult<unknown>[]): void {
    for (const outcome of outcomes) if (outcome.status === "rejected") this.#options.report(operation, outcome.reason);
  }

  #reportFailures(operation: Operation, answers: readonly Answer[]): void {
    for (const answer of answers) if ("error" in answer) this.#options.report(operation, answer.error);
  }
}
