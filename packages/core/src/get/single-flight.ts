import type { Flight, MayWrite } from "./flight.ts";

/** One running flight per key: whoever comes while it runs gets its outcome. */
export class SingleFlight<F extends Flight> {
  readonly #latest = new Map<string, F>();
  readonly #flights = new Map<string, Set<F>>();
  readonly #running = new Set<Promise<unknown>>();

  /** The flight that runs for this key, or `make()` if there is none. */
  joinOrStart(key: string, make: () => F): F {
    const flight = this.#current(key) ?? this.#start(make());
    flight.isAwaited = true;
    return flight;
  }

  /** Starts a flight that nobody waits for, unless one is running. */
  startBehind(key: string, make: () => F): F | undefined {
    return this.#current(key) === undefined ? this.#start(make()) : undefined;
  }

  /** Nobody joins the running work any more, and it writes less than it meant to, however late it ends. */
  supersede(key: string, mayWrite: MayWrite): void {
    this.#latest.delete(key);
    for (const flight of this.#flights.get(key) ?? []) {
      if (flight.mayWrite !== "nothing") flight.mayWrite = mayWrite;
    }
  }

  /** Nothing that still runs writes any more. */
  supersedeAll(): void {
    for (const key of this.#flights.keys()) this.supersede(key, "nothing");
  }

  /** Waits until nothing runs, whether it can be joined or not. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  #current(key: string): F | undefined {
    const flight = this.#latest.get(key);
    return flight?.isJoinable ? flight : undefined;
  }

  #start(flight: F): F {
    const { outcome } = flight;
    this.#takeOff(flight);
    this.#latest.set(flight.key, flight);
    this.#running.add(outcome);
    const over = (): void => {
      flight.isOver = true;
      this.#running.delete(outcome);
      if (this.#latest.get(flight.key) === flight) this.#latest.delete(flight.key);
      if (flight.lingers === undefined) this.#land(flight);
      else void flight.lingers.then(() => this.#land(flight));
    };
    outcome.then(over, over);
    return flight;
  }

  #takeOff(flight: F): void {
    const others = this.#flights.get(flight.key);
    if (others === undefined) this.#flights.set(flight.key, new Set([flight]));
    else others.add(flight);
  }

  #land(flight: F): void {
    const flights = this.#flights.get(flight.key);
    flights?.delete(flight);
    if (flights?.size === 0) this.#flights.delete(flight.key);
  }
}
