import type { Announcements } from "../adapter/announcements.ts";
import type { CacheAdapter } from "../adapter/contract.ts";
import { crypto } from "../base/builtins.ts";
import { Announcer, type AnnouncerParts } from "./announcer.ts";
import { Hearing, type HearingParts } from "./hearing.ts";

type BusParts = Omit<AnnouncerParts & HearingParts, "by" | "now" | "hello">;

/** How this process and the others tell each other of changes, through a store that can announce. */
export class Bus {
  readonly announcer: Announcer;
  readonly hearing: Hearing;

  constructor(parts: BusParts) {
    const by = crypto().randomUUID();
    const { now } = parts.clock;
    this.announcer = new Announcer({ ...parts, by, now });
    this.hearing = new Hearing({ ...parts, by, hello: () => this.announcer.hello() });
  }

  async close(): Promise<void> {
    await this.announcer.settled();
    this.announcer.stop();
    await this.hearing.stop();
  }
}

export function canAnnounce(adapter: CacheAdapter): adapter is CacheAdapter & Announcements {
  return adapter.stores === "bytes" && adapter.announce !== undefined && adapter.listen !== undefined;
}
