import type { GetPolicy } from "../options/policies.ts";
import type { Flight, Ground, MayWrite } from "./flight.ts";
import { Lingering } from "./lingering.ts";

/** At most one joinable flight per key. A caller that comes while it runs shares its outcome. */
export class SingleFlight<F extends Flight> implements Ground<F> {
  readonly #latest = new Map<string, F>();
  /** Running flights that cannot be joined any more. */
  readonly #departed = new Map<string, Set<F>>();
  readonly #lingering = new Lingering<F>();

  /** The flight that runs for this key, or `make()` if there is none. `caller` is the policy of the get that waits for it. */
  joinOrStart(key: string, caller: GetPolicy, make: () => F): F {
    const flight = this.#current(key) ?? this.#start(make());
    flight.callers.add(caller);
    return flight;
  }

  /** Starts a flight that nobody waits for, unless one is running. */
  startBehind(key: string, make: () => F): F | undefined {
    if (this.#current(key) !== undefined) return undefined;
    const flight = make();
    flight.isAhead = true;
    return this.#start(flight);
  }

  /** Lets nobody join the running work any more, and limits what it may write, however late it ends. */
  supersede(key: string, mayWrite: MayWrite): void {
    this.#depart(key);
    for (const flight of this.#departed.get(key) ?? []) demote(flight, mayWrite);
    for (const flight of this.#lingering.of(key)) demote(flight, mayWrite);
  }

  /** Lets nobody join running work whose result would have a lesser stamp than `outdates`. Work without a stamp has not begun to load. */
  outdate(key: string, outdates: number): void {
    const flight = this.#latest.get(key);
    if (flight !== undefined && flight.stamp > 0 && flight.stamp < outdates) flight.isJoinable = false;
  }

  /** The keys for which anything still runs. */
  keys(): string[] {
    return [...this.#latest.keys(), ...this.#departed.keys(), ...this.#lingering.keys()];
  }

  /** Keeps everything that still runs from writing. */
  supersedeAll(): void {
    for (const key of this.keys()) this.supersede(key, "nothing");
  }

  /** Waits until nothing runs, whether it can be joined or not. */
  async settled(): Promise<void> {
    while (this.#latest.size + this.#departed.size > 0) await Promise.all(Array.from(this.#running(), (flight) => flight.ended()));
  }

  *#running(): Iterable<F> {
    yield* this.#latest.values();
    for (const flights of this.#departed.values()) yield* flights;
  }

  /** The flight that can be joined. Whoever asks after a mark of it has been set must not get what was loaded before, nor find it in the cache. */
  #current(key: string): F | undefined {
    const flight = this.#latest.get(key);
    if (flight === undefined) return undefined;
    if (flight.look?.isOver === true) this.supersede(key, "backup");
    else if (flight.isJoinable) return flight;
    else this.#depart(key);
    return undefined;
  }

  #start(flight: F): F {
    this.#latest.set(flight.key, flight); // before it begins: its work may ask for its own key
    void flight.begin(this);
    return flight;
  }

  #depart(key: string): void {
    const flight = this.#latest.get(key);
    if (flight === undefined) return;
    this.#latest.delete(key);
    const others = this.#departed.get(key);
    if (others === undefined) this.#departed.set(key, new Set([flight]));
    else others.add(flight);
  }

  /** Nobody can join any more. */
  land(flight: F): void {
    const { key } = flight;
    if (this.#latest.get(key) === flight) this.#latest.delete(key);
    else this.#landDeparted(flight);
    if (flight.lingers === undefined) return;
    flight.letGo();
    this.#lingering.add(flight);
  }

  #landDeparted(flight: F): void {
    const flights = this.#departed.get(flight.key);
    flights?.delete(flight);
    if (flights?.size === 0) this.#departed.delete(flight.key);
  }
}

function demote(flight: Flight, mayWrite: MayWrite): void {
  if (flight.mayWrite !== "nothing") flight.mayWrite = mayWrite;
}
