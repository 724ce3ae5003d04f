import { print } from "./print.ts";

/** Characters that are collected before they are written: a list may have a million lines. */
const CHUNK = 65_536;

/** Writes many lines to standard output, without keeping them. */
export class Lines {
  #pending = "";

  /** Whether the reader has gone, as after `| head -1`: nobody wants more. */
  get isClosed(): boolean {
    return process.stdout.destroyed || !process.stdout.writable;
  }

  async add(text: string): Promise<void> {
    this.#pending += text;
    if (this.#pending.length >= CHUNK) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = "";
    if (text !== "") await print(text);
  }
}

/** Writes one array in JSON, with an item on each line. A list that fails half-way is left open: nobody should take it for the whole. */
export class JsonList {
  readonly #lines = new Lines();
  #isEmpty = true;

  get isClosed(): boolean {
    return this.#lines.isClosed;
  }

  async add(item: object): Promise<void> {
    await this.#lines.add(`${this.#isEmpty ? "[" : ","}\n${JSON.stringify(item)}`);
    this.#isEmpty = false;
  }

  /** Writes a list that is complete. */
  static async print(items: Iterable<object>): Promise<void> {
    const list = new JsonList();
    for (const item of items) await list.add(item);
    await list.end();
  }

  async end(): Promise<void> {
    await this.#lines.add(this.#isEmpty ? "[]\n" : "\n]\n");
    await this.#lines.flush();
  }
}
