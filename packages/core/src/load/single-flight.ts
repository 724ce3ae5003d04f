import type { GetPolicy } from "../options/policies.ts";
import type { Flight, MayWrite } from "./flight.ts";
import { Lingering } from "./lingering.ts";

/** One running flight per key: a caller that comes while it runs gets its outcome. */
export class SingleFlight<F extends Flight> {
  readonly #latest = new Map<string, F>();
  readonly #flights = new Map<string, Set<F>>();
  readonly #lingering = new Lingering<F>();
  readonly #running = new Set<Promise<unknown>>();

  /** The flight that runs for this key, or `make()` if there is none. `caller` is the policy under which its outcome is waited for. */
  joinOrStart(key: string, caller: GetPolicy, make: () => F): F {
    const flight = this.#current(key) ?? this.#start(make());
    flight.callers.add(caller);
    return flight;
  }

  /** Starts a flight that nobody waits for, unless one is running. */
  startBehind(key: string, make: () => F): F | undefined {
    return this.#current(key) === undefined ? this.#start(make()) : undefined;
  }

  /** Nobody joins the running work any more, and it writes less than it meant to, however late it ends. */
  supersede(key: string, mayWrite: MayWrite): void {
    this.#latest.delete(key);
    for (const flight of this.#flights.get(key) ?? []) demote(flight, mayWrite);
    for (const flight of this.#lingering.of(key)) demote(flight, mayWrite);
  }

  /** Nothing that still runs writes any more. */
  supersedeAll(): void {
    for (const key of [...this.#flights.keys(), ...this.#lingering.keys()]) this.supersede(key, "nothing");
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
    this.#takeOff(flight);
    this.#latest.set(flight.key, flight);
    const over = (): void => {
      this.#running.delete(ended);
      if (this.#latest.get(flight.key) === flight) this.#latest.delete(flight.key);
      this.#land(flight);
      if (flight.lingers === undefined) return;
      flight.letGo();
      this.#lingering.add(flight);
    };
    const settled = (): void | Promise<void> => (flight.aftermath === undefined ? over() : flight.aftermath.then(over));
    const ended = flight.outcome.then(settled, settled);
    this.#running.add(ended);
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

function demote(flight: Flight, mayWrite: MayWrite): void {
  if (flight.mayWrite !== "nothing") flight.mayWrite = mayWrite;
}
