import { PickleError } from "./pickle-error.ts";

/** What a pickle has made so far, with marks in it, and what it has numbered to refer to it again. */
export class Stack {
  #items: unknown[] = [];
  readonly #below: unknown[][] = [];
  readonly #numbered = new Map<number, unknown>();

  push(item: unknown): void {
    this.#items.push(item);
  }

  pop(): unknown {
    if (this.#items.length === 0) throw new PickleError("it takes more than it has made");
    return this.#items.pop();
  }

  get top(): unknown {
    if (this.#items.length === 0) throw new PickleError("it takes more than it has made");
    return this.#items.at(-1);
  }

  mark(): void {
    this.#below.push(this.#items);
    this.#items = [];
  }

  /** Everything above the last mark. */
  popMark(): unknown[] {
    const items = this.#items;
    const below = this.#below.pop();
    if (below === undefined) throw new PickleError("it goes back to a mark that it has not made");
    this.#items = below;
    return items;
  }

  number(index: number = this.#numbered.size): void {
    this.#numbered.set(index, this.top);
  }

  pushNumbered(index: number): void {
    if (!this.#numbered.has(index)) throw new PickleError("it refers to what it has not made");
    this.push(this.#numbered.get(index));
  }
}
