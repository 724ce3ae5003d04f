/** What a running load may still write: a `set` or `delete` beats it altogether, an `expire` keeps it out of the cache. */
export type MayWrite = "cache and backup" | "backup" | "nothing";

/** One piece of running work. */
export interface Flight {
  mayWrite: MayWrite;
  /** Whether a caller waits for the outcome. */
  isAwaited: boolean;
  isOver: boolean;
  /** What goes on after the outcome is known, and may still write. Settles well. */
  lingers?: Promise<void>;
}

export interface Running<T> {
  readonly flight: Flight;
  readonly outcome: Promise<T>;
}

/** One running piece of work per key: whoever comes while it runs gets its outcome. */
export class SingleFlight<T> {
  readonly #joinable = new Map<string, Running<T>>();
  readonly #flights = new Map<string, Set<Flight>>();
  readonly #running = new Set<Promise<T>>();

  /** The work that runs for this key, or `work` if there is none. Work is told of its own flight. */
  joinOrStart(key: string, work: (flight: Flight) => Promise<T>): Running<T> {
    const running = this.#joinable.get(key) ?? this.#start(key, work);
    running.flight.isAwaited = true;
    return running;
  }

  /** Starts work that nobody waits for, unless some is running. */
  startBehind(key: string, work: (flight: Flight) => Promise<T>): Running<T> | undefined {
    return this.#joinable.has(key) ? undefined : this.#start(key, work);
  }

  /** Nobody joins this flight any more. */
  depart(key: string, flight: Flight): void {
    if (this.#joinable.get(key)?.flight === flight) this.#joinable.delete(key);
  }

  /** Nobody joins the running work any more, and it writes less than it meant to, however late it ends. */
  supersede(key: string, mayWrite: MayWrite): void {
    this.#joinable.delete(key);
    for (const flight of this.#flights.get(key) ?? []) {
      if (flight.mayWrite !== "nothing") flight.mayWrite = mayWrite;
    }
  }

  /** Nothing that still runs writes any more. */
  supersedeAll(): void {
    for (const key of this.#flights.keys()) this.supersede(key, "nothing");
  }

  /** Waits until nothing runs, joinable or not. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  #start(key: string, work: (flight: Flight) => Promise<T>): Running<T> {
    const flight: Flight = { mayWrite: "cache and backup", isAwaited: false, isOver: false };
    this.#takeOff(key, flight);
    // Begins a tick later, so that work that asks for its own key finds itself here.
    const outcome = Promise.resolve(flight).then(work);
    const running = { flight, outcome };
    this.#joinable.set(key, running);
    this.#running.add(outcome);
    const over = (): void => {
      flight.isOver = true;
      this.#running.delete(outcome);
      this.depart(key, flight);
      if (flight.lingers === undefined) this.#land(key, flight);
      else void flight.lingers.then(() => this.#land(key, flight));
    };
    outcome.then(over, over);
    return running;
  }

  #takeOff(key: string, flight: Flight): void {
    const others = this.#flights.get(key);
    if (others === undefined) this.#flights.set(key, new Set([flight]));
    else others.add(flight);
  }

  #land(key: string, flight: Flight): void {
    const flights = this.#flights.get(key);
    flights?.delete(flight);
    if (flights?.size === 0) this.#flights.delete(key);
  }
}
