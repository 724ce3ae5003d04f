import type { AnnouncementListener, Listening } from "@lastgood/core/adapter";
import type { Channel, Commands } from "./clients/commands.ts";
import { type Connection, notConnected } from "./connection.ts";
import { safeError } from "./errors.ts";
import { backOff } from "./settings.ts";

/** One subscription for all who listen through a cache, on a connection of its own. It opens with the first and closes with the last. */
export class Subscription {
  readonly #connection: Connection;
  readonly #channel: string;
  readonly #listeners = new Set<AnnouncementListener>();
  #attempt: Attempt | undefined;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(connection: Connection, channel: string) {
    this.#connection = connection;
    this.#channel = channel;
  }

  listen({ heard, gap }: AnnouncementListener): Listening {
    const own: AnnouncementListener = { heard, gap }; // the same listener may be handed in twice
    this.#listeners.add(own);
    // Who comes later has missed what came before.
    if (this.#attempt === undefined) this.#open();
    else own.gap();
    return { confirm: () => this.#confirm(), stop: () => this.#stop(own) };
  }

  close(): void {
    this.#listeners.clear();
    clearTimeout(this.#retry);
    this.#attempt?.close();
    this.#attempt = undefined;
  }

  async #confirm(): Promise<void> {
    if (this.#attempt === undefined) throw notConnected("the subscription is closed");
    await this.#attempt.confirm();
  }

  #stop(listener: AnnouncementListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.close();
  }

  #open(): void {
    const attempt = new Attempt(this.#connection.subscriber(), this.#channel, {
      heard: (message) => this.#listeners.forEach(({ heard }) => heard(message)),
      began: () => {
        this.#failures = 0;
        this.#gap();
      },
      ended: () => {
        this.#gap();
        if (this.#attempt === attempt) this.#retrySoon();
      },
    });
    this.#attempt = attempt;
  }

  #gap(): void {
    for (const { gap } of this.#listeners) gap();
  }

  #retrySoon(): void {
    clearTimeout(this.#retry);
    if (this.#listeners.size > 0) this.#retry = setTimeout(() => this.#open(), backOff(this.#failures++)).unref();
  }
}

interface Told {
  heard(message: Buffer): void;
  /** From now on, everything is heard. */
  began(): void;
  /** Nothing is heard any more. Called once. */
  ended(): void;
}

/** One connection, from its first attempt to its end. */
class Attempt {
  readonly #opening: Promise<Channel>;
  #isOver = false;
  readonly #told: Told;

  constructor(subscriber: Promise<Pick<Commands, "subscribe">>, name: string, told: Told) {
    this.#told = told;
    this.#opening = subscriber.then((commands) => commands.subscribe(name, { heard: told.heard, ended: () => this.#end() }));
    this.#opening.then(
      () => this.#isOver || told.began(),
      () => this.#end(),
    );
  }

  /** Resolves when an answer has come through the same connection, behind all earlier messages. */
  async confirm(): Promise<void> {
    try {
      const channel = await this.#opening;
      if (this.#isOver) throw new Error("the connection was closed");
      await channel.confirm();
    } catch (error) {
      throw notConnected(safeError(error).message);
    }
  }

  close(): void {
    this.#isOver = true;
    this.#opening.then(
      (channel) => channel.close(),
      () => {},
    );
  }

  #end(): void {
    if (this.#isOver) return;
    this.close();
    this.#told.ended();
  }
}
