import { type Row, runQuery } from "./connections.ts";
import { explained, isMissingTable, notMade, notThere } from "./errors.ts";
import type { PostgresPool, Settings } from "./options.ts";

type Signal = AbortSignal | undefined;

/** The tables: made when a statement does not find them. Errors say what failed, where, and what to do. */
export class Database {
  readonly #pool: PostgresPool;
  readonly #settings: Settings;
  readonly #createTables: string;

  constructor(pool: PostgresPool, settings: Settings, createTables: string) {
    this.#pool = pool;
    this.#settings = settings;
    this.#createTables = createTables;
  }

  async run(text: string, values: readonly unknown[], signal: Signal): Promise<readonly Row[]> {
    try {
      return await this.#tryRun(text, values, signal);
    } catch (error) {
      if (isMissingTable(error)) return this.#runOnceMade(text, values, signal);
      throw this.#told(error, signal);
    }
  }

  async #runOnceMade(text: string, values: readonly unknown[], signal: Signal): Promise<readonly Row[]> {
    if (this.#settings.mustExist) throw notThere(this.#settings);
    await this.#make(signal);
    try {
      return await this.#tryRun(text, values, signal);
    } catch (error) {
      throw this.#told(error, signal);
    }
  }

  async #make(signal: Signal): Promise<void> {
    try {
      await runQuery(this.#pool, { text: this.#createTables }, signal);
    } catch (error) {
      throw signal?.aborted === true ? error : notMade(error, this.#settings);
    }
  }

  #tryRun(text: string, values: readonly unknown[], signal: Signal): Promise<readonly Row[]> {
    return runQuery(this.#pool, { text, values: [...values] }, signal);
  }

  #told(error: unknown, signal: Signal): unknown {
    return signal?.aborted === true ? error : explained(error, this.#settings);
  }
}
