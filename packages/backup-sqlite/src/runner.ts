import type { Call, Failure, Input, OperationName, Outcome, Output } from "./calls.ts";
import type { BackupDatabase } from "./database.ts";
import { explained, isBusy } from "./errors.ts";
import type { Settings } from "./options.ts";
import { whenFree } from "./when-free.ts";

/** Runs batches of calls on the database. */
export class Runner {
  readonly #database: BackupDatabase;
  readonly #settings: Settings;

  constructor(database: BackupDatabase, settings: Settings) {
    this.#database = database;
    this.#settings = settings;
  }

  /** Runs each call as a separate query. */
  async read(calls: readonly Call[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const call of calls) {
      outcomes.push(await this.#read(call));
    }
    return outcomes;
  }

  /**
   * Runs all calls in one commit. If that fails, none has taken effect, and each call gets its own commit, so that one
   * refused call does not fail the others.
   */
  async write(calls: readonly Call[]): Promise<readonly Outcome[]> {
    try {
      return await this.#whenFree(() =>
        this.#database.transaction((operations) => calls.map((call) => perform(operations, call))),
      );
    } catch (error) {
      if (calls.length === 1 || isBusy(error)) return calls.map(() => this.#failure(error));
      return await this.#writeOneByOne(calls);
    }
  }

  async #writeOneByOne(calls: readonly Call[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const call of calls) {
      outcomes.push(...(await this.write([call])));
    }
    return outcomes;
  }

  async #read(call: Call): Promise<Outcome> {
    try {
      return await this.#whenFree(() => this.#database.query((operations) => perform(operations, call)));
    } catch (error) {
      return this.#failure(error);
    }
  }

  #whenFree<T>(attempt: () => T): Promise<T> {
    return whenFree(attempt, this.#settings.busyTimeout);
  }

  #failure(error: unknown): Failure {
    return { error: explained(error, this.#settings) };
  }
}

function perform<Name extends OperationName>(
  operations: { readonly [N in Name]: (...input: Input<N>) => Output<N> },
  [name, ...input]: readonly [name: Name, ...input: Input<Name>],
): Output<Name> {
  return operations[name](...input);
}
