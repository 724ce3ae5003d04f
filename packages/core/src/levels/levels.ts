import type { CacheAdapter } from "../adapter/contract.ts";
import { Guard } from "../adapter/guard.ts";
import type { Cache } from "../cache/cache.ts";
import { Level } from "../cache/level.ts";
import type { LevelParts } from "../cache/level-parts.ts";
import { ALL } from "./announcement.ts";
import { Bus, canAnnounce } from "./bus.ts";
import type { HearingParts } from "./hearing.ts";
import { NearAndFar } from "./near-and-far.ts";
import { Trust } from "./trust.ts";

export interface CacheParts extends Omit<LevelParts, "adapter" | "guard" | "acknowledged"> {
  /** Nearest first. */
  readonly adapters: readonly [CacheAdapter, ...CacheAdapter[]];
  /** How long one call of an adapter may take, in milliseconds. */
  readonly timeout: number;
  /** How long a near copy is trusted while changes are not heard, in milliseconds. */
  readonly nearTtl: number;
  /** Called when another process has changed the key: what has a lesser stamp than `outdates` is no answer any more. */
  readonly changedElsewhere: (key: string, outdates: number) => void;
}

/** One cache of all its levels. A list of one is that one. */
export function cacheOf(parts: CacheParts): Cache {
  const [nearest, ...farther] = parts.adapters;
  const farthest = farther.pop();
  if (farthest === undefined) return levelOf(nearest, parts);

  const bus = busOf(farthest, parts, (key, outdates, forgets) => {
    const drops = forgets ? ALL : outdates;
    parts.changedElsewhere(key, drops);
    void all.tryDropNear(key, outdates, drops);
  });
  const trust = new Trust(parts.clock, parts.nearTtl, bus?.hearing);
  const join = (near: CacheAdapter, far: Level | NearAndFar, announcing?: Bus): NearAndFar => new NearAndFar({ ...parts, near: levelOf(near, parts), far, trust, bus: announcing });
  const last = levelOf(farthest, parts, bus && ((key, outdates, forgets) => bus.announcer.tell(key, outdates, forgets)));
  const all = join(nearest, farther.reduceRight<Level | NearAndFar>((far, near) => join(near, far), last), bus);
  return all;
}

function levelOf(adapter: CacheAdapter, parts: CacheParts, acknowledged?: LevelParts["acknowledged"]): Level {
  return new Level({ ...parts, adapter, guard: guardOf(adapter, parts), acknowledged });
}

/** Its calls have a guard of their own: a subscription that hangs must not pause reads. */
function busOf(adapter: CacheAdapter, parts: CacheParts, changed: HearingParts["changed"]): Bus | undefined {
  return canAnnounce(adapter) ? new Bus({ ...parts, adapter, guard: guardOf(adapter, parts), changed }) : undefined;
}

function guardOf({ name }: CacheAdapter, { timeout, clock, events }: CacheParts): Guard {
  return new Guard(name, timeout, clock.now, events.topics.storeCalled);
}
