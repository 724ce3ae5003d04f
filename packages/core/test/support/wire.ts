import type { AnnouncementListener } from "../../src/adapter.ts";
import type { ByteCacheAdapter } from "../../src/index.ts";
import { comparingCache } from "./stores.ts";

/** What a far cache sends to all who listen, and what the test does to that. */
export class Wire {
  readonly listeners = new Set<AnnouncementListener>();
  readonly sent: Uint8Array[] = [];
  /** Whether messages get lost in silence. */
  isDeaf = false;
  /** Whether a confirmation fails. */
  isDown = false;
  /** What a confirmation waits for. */
  confirmsAfter: Promise<unknown> = Promise.resolve();

  deliver(message: Uint8Array): void {
    this.sent.push(message);
    if (!this.isDeaf) for (const listener of this.listeners) listener.heard(message);
  }

  gap(): void {
    for (const listener of this.listeners) listener.gap();
  }
}

export function announcing(wire: Wire): ByteCacheAdapter {
  return {
    ...comparingCache(),
    announce: async (message) => wire.deliver(new Uint8Array(message)),
    listen(listener) {
      wire.listeners.add(listener);
      listener.gap();
      return {
        async confirm() {
          await wire.confirmsAfter;
          if (wire.isDown) throw new Error("the subscription is lost");
          if (wire.isDeaf) await new Promise(() => {});
        },
        stop: () => void wire.listeners.delete(listener),
      };
    },
  };
}
