import { type BackupAdapter, type BackupInfo, type BackupRecord, codeOf, isError, messageOf, withDeadline } from "@lastgood/core/adapter";
import { type BackupPlace, isOnServer, showPlace } from "./place.ts";
import { noStore } from "./presence.ts";

/** How long a store may take for one answer, in milliseconds. At three in the morning, silence is an answer too. */
const DEADLINE = 30_000;

type Write = Parameters<BackupAdapter["write"]>[2];

/** A failure of a store, in a line that names it. A record that cannot be read has its stamp. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
  readonly loadedAt: number | undefined;

  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.loadedAt = isError(cause) && "loadedAt" in cause && typeof cause.loadedAt === "number" ? cause.loadedAt : undefined;
  }
}

/** A store by its ids, for commands that look at stores themselves. Every call has a deadline, and every error names the store. */
export class BackupStore {
  readonly place: BackupPlace;
  readonly #adapter: BackupAdapter;
  readonly #canBeEmpty: boolean;

  /** `canBeEmpty`: whether a place with nothing in it is a store. */
  constructor(place: BackupPlace, adapter: BackupAdapter, canBeEmpty: boolean) {
    this.place = place;
    this.#adapter = adapter;
    this.#canBeEmpty = canBeEmpty;
  }

  /** The place, as the user writes it. */
  get title(): string {
    return showPlace(this.place);
  }

  /** @throws NoStore where nothing is found at a place of which only that tells: a bucket, a database. */
  async *list(): AsyncGenerator<BackupInfo, void> {
    const stopped = new AbortController();
    const steps = this.#adapter.list({ signal: stopped.signal })[Symbol.asyncIterator]();
    let isEmpty = true;
    try {
      for (;;) {
        const step = await this.#call(() => steps.next());
        if (step.done === true) break;
        isEmpty = false;
        yield step.value;
      }
    } finally {
      stopped.abort();
      Promise.resolve(steps.return?.()).catch(() => undefined); // its failure no longer matters
    }
    if (isEmpty && this.place.kind === "s3" && !this.#canBeEmpty) throw noStore(this.place);
  }

  read(id: string, before?: number): Promise<BackupRecord | undefined> {
    return this.#call((signal) => this.#adapter.read(id, { before, signal }));
  }

  write(id: string, bytes: Uint8Array, { loadedAt, usedAt }: Pick<Write, "loadedAt" | "usedAt">): Promise<number> {
    return this.#call((signal) => this.#adapter.write(id, bytes, { loadedAt, usedAt, signal }));
  }

  touch(id: string, usedAt: number): Promise<void> {
    return this.#call((signal) => this.#adapter.touch(id, { usedAt, signal }));
  }

  /** Deletes all records of the id, unless it has been used at that time or later. */
  delete(id: string, ifUsedBefore: number): Promise<boolean> {
    return this.#call((signal) => this.#adapter.delete(id, { ifUsedBefore, signal }));
  }

  async close(): Promise<void> {
    await this.#adapter.close?.();
  }

  async #call<T>(call: (signal: AbortSignal) => T | PromiseLike<T>): Promise<T> {
    const controller = new AbortController();
    const begun = async (): Promise<T> => call(controller.signal); // an error that it throws is a rejection too
    // Neither a deadline nor a store keeps the process alive.
    const waiting = setInterval(() => undefined, DEADLINE);
    try {
      return await withDeadline(begun(), DEADLINE, () => {
        controller.abort();
        throw new Error(`no answer within ${DEADLINE / 1000} s`);
      });
    } catch (error) {
      throw this.#told(error);
    } finally {
      clearInterval(waiting);
    }
  }

  #told(error: unknown): Error {
    if (codeOf(error) === "STORE_NOT_THERE") return noStore(this.place);
    const text = messageOf(error);
    const isNamed = !isOnServer(this.place) && text.includes(this.place.path);
    return new StoreError(isNamed ? text : `${this.title}: ${text}`, error);
  }
}
