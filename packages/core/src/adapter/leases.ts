import type { Awaitable } from "../base/async.ts";
import type { CallOptions } from "./call-options.ts";

/** How a shared cache lets one process at a time load a key. A store that cannot do this leaves it out. */
export interface Leases {
  /**
   * Takes the lease of this id for `ttlMs`, or resolves with `undefined` at once if somebody has it. Atomic. The store forgets the lease after
   * `ttlMs`, whatever becomes of its holder. The lease of an id and the value of that id know nothing of each other.
   */
  lease?(id: string, ttlMs: number, options?: CallOptions): Awaitable<ReleaseLease | undefined>;
}

/** Gives the lease back. One that has run out may be somebody else's by now, and stays. */
export type ReleaseLease = () => Awaitable<void>;
