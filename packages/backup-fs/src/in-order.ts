import type { CallOptions } from "@lastgood/core/adapter";
import { Slots } from "./slots.ts";

/** Runs work of one id in the order in which it was asked for, and work of different ids side by side. */
export class InOrder {
  readonly #byId = new Map<string, { readonly slots: Slots; callers: number }>();

  /** A caller that waits leaves when its signal is aborted. */
  async run<T>(id: string, work: () => Promise<T>, options?: CallOptions): Promise<T> {
    const order = this.#byId.get(id) ?? { slots: new Slots(1), callers: 0 };
    this.#byId.set(id, order);
    order.callers++;
    try {
      return await order.slots.run(work, options);
    } finally {
      order.callers--;
      if (order.callers === 0) this.#byId.delete(id);
    }
  }
}
