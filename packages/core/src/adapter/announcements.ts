import type { Awaitable } from "../base/async.ts";
import type { CallOptions } from "./call-options.ts";

/**
 * How a shared cache tells processes of each other's changes, so that they drop their near copies. A store that cannot do this leaves both
 * methods out. Core believes no message: anybody may send anything.
 */
export interface Announcements {
  /** Sends bytes to all who listen, this process included, and resolves once the store has taken them. Nobody hears them later. */
  announce?(message: Uint8Array, options?: CallOptions): Awaitable<void>;

  /**
   * Hears what every process announces, in the order in which the store took it, until `stop`. Returns at once. It connects in the
   * background, and again after a loss, and keeps no process alive.
   */
  listen?(listener: AnnouncementListener): Listening;
}

/** Is told what is announced. Its methods never throw. */
export interface AnnouncementListener {
  heard(message: Uint8Array): void;
  /** Earlier messages may have been missed. Call it when the subscription begins, when it is lost, and when it begins again. */
  gap(): void;
}

/** A subscription. */
export interface Listening {
  /** Resolves once everything was heard that was announced before this call. Waits for the first connection, and rejects after a loss. */
  confirm(options?: CallOptions): Awaitable<void>;
  /** Ends the subscription. A second call does nothing. */
  stop(): Awaitable<void>;
}
