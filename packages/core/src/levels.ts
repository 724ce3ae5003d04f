import type { CacheAdapter } from "./adapter/contract.ts";
import { Guard } from "./adapter/guard.ts";
import type { Cache } from "./cache/cache.ts";
import { Level, type LevelParts } from "./cache/level.ts";
import { NearAndFar } from "./cache/near-and-far.ts";
import { Trust } from "./cache/trust.ts";

export interface CacheParts extends Omit<LevelParts, "adapter" | "guard" | "acknowledged"> {
  /** Nearest first. */
  readonly adapters: readonly [CacheAdapter, ...CacheAdapter[]];
  /** How long one call of an adapter may take, in milliseconds. */
  readonly timeout: number;
  /** How long a near copy is trusted where nothing announces, in milliseconds. */
  readonly nearTtl: number;
}

/** One cache of all its levels. A list of one is that one. */
export function cacheOf({ adapters, timeout, nearTtl, ...parts }: CacheParts): Cache {
  const { clock, events, background } = parts;
  const levels = adapters.map((adapter) => {
    const guard = new Guard(adapter.name, timeout, clock.now, events.topics.storeCalled);
    return new Level({ ...parts, adapter, guard });
  });
  const trust = new Trust(clock, nearTtl);
  return levels.reduceRight<Level | NearAndFar | undefined>((far, near) => (far === undefined ? near : new NearAndFar({ near, far, trust, background, clock })), undefined) as Cache; // the list has an adapter
}
