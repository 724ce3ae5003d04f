/** What a datastore should do, in as few words as can be: one object per key, no time of its own, no promises. */

export const TTL = 300_000;
export const CULL_TIME = 2 * 86_400_000;
const TOUCHED_FOR = CULL_TIME / 10;

export interface Copy {
  readonly value: number;
  readonly loadedAt: number;
}

interface CachedCopy extends Copy {
  readonly until: number;
  readonly stale: boolean;
}

interface State {
  cached?: CachedCopy | undefined;
  /** What the process holds while a cache that others share is down. */
  held?: CachedCopy | undefined;
  /** The cache missed something that was loaded, set or deleted at this time: what it holds from before is no answer. */
  missedAt: number;
  /** When the backup was last used, as far as the store was told, and when this process last told it. */
  usedAt: number;
  toldAt: number;
  /** The newest first, two at most. */
  stored: (Copy & { damaged: boolean })[];
  /** The value whose backup write failed. */
  owed?: Copy | undefined;
}

export type Outcome = { readonly value: number | undefined; readonly source: string; readonly stale: boolean; readonly loadedAt: number } | { readonly error: unknown };

export interface Asked {
  readonly useCache: boolean;
  readonly maxStale: number;
  /** Whether `validate` lets this value through. */
  readonly accepts: (value: number | undefined) => boolean;
}

export type Loaded = { readonly value: number | undefined } | { readonly error: string; readonly isGone: boolean };

export class Model {
  cacheUp = true;
  backupUp = true;
  readonly #keys = new Map<string, State>();
  readonly #isShared: boolean;
  /** What the process has seen of the cache last. */
  #failsToRead = false;
  #failsToWrite = false;

  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  get(key: string, asked: Loaded, now: number, { useCache, maxStale, accepts }: Asked): Outcome {
    const state = this.#of(key);
    const cached = useCache ? this.#find(state, now) : undefined;
    const isYoung = (copy: Copy): boolean => now - copy.loadedAt <= maxStale;
    if (cached && cached.until > now && (!cached.stale || isYoung(cached))) {
      return this.#used(state, cached, now, answer("cache", cached, cached.stale));
    }
    const newest = this.#backup(state, accepts);
    const backup = newest && isYoung(newest) ? newest : undefined;
    if (!useCache && backup) return this.#used(state, backup, now, answer("backup", backup));
    const loaded = "value" in asked && !accepts(asked.value) ? { error: "INVALID_VALUE", isGone: false } : asked;
    if ("value" in loaded) {
      const { value } = loaded;
      if (value === undefined) return { value, source: "loader", stale: false, loadedAt: now };
      const copy = { value, loadedAt: now };
      this.#store(state, copy, now);
      if (useCache) this.#fill(state, { ...copy, until: now + TTL, stale: false }, now);
      return answer("loader", copy);
    }
    if (loaded.isGone) this.#forget(state);
    if (loaded.isGone && useCache) this.expire(key, now);
    if (loaded.isGone || !backup) return { error: loaded.error };
    const until = Math.min(now + TTL / 2, backup.loadedAt + maxStale);
    if (useCache && until > now) this.#fill(state, { ...backup, until, stale: true }, now);
    return this.#used(state, backup, now, answer("backup", backup, true));
  }

  /** Each of these says whether it is kept to the letter. */
  set(key: string, value: number, now: number): boolean {
    this.#store(this.#of(key), { value, loadedAt: now }, now);
    this.#fill(this.#of(key), { value, loadedAt: now, until: now + TTL, stale: false }, now);
    return this.cacheUp && this.backupUp;
  }

  expire(key: string, now: number): boolean {
    this.#change(this.#of(key), undefined, now, now);
    return this.cacheUp;
  }

  delete(key: string, now: number): boolean {
    this.#forget(this.#of(key));
    return this.expire(key, now) && this.backupUp;
  }

  flush(now: number): boolean {
    const owing = [...this.#keys.values()].filter(({ owed }) => owed);
    for (const state of owing) if (state.owed) this.#store(state, state.owed, now);
    return owing.length === 0 || this.backupUp;
  }

  cull(now: number): boolean {
    for (const state of this.#keys.values()) if (this.backupUp && state.usedAt < now - CULL_TIME - TOUCHED_FOR) state.stored = [];
    return this.backupUp;
  }

  peek(key: string): Copy | "cannot know" | undefined {
    return !this.backupUp && !this.#of(key).owed ? "cannot know" : this.#backup(this.#of(key), () => true);
  }

  restart(): void {
    for (const state of this.#keys.values()) Object.assign(state, { owed: undefined, held: undefined, missedAt: 0, toldAt: -Infinity });
    this.#failsToRead = this.#failsToWrite = false;
  }

  loseCache(): void {
    for (const state of this.#keys.values()) state.cached = undefined;
  }

  damage(key: string): void {
    const [newest] = this.#of(key).stored;
    if (newest) newest.damaged = true;
  }

  #of(key: string): State {
    const state = this.#keys.get(key) ?? { missedAt: 0, usedAt: 0, toldAt: -Infinity, stored: [] };
    this.#keys.set(key, state);
    return state;
  }

  #backup({ owed, stored }: State, accepts: Asked["accepts"]): Copy | undefined {
    if (owed && accepts(owed.value)) return owed;
    return this.backupUp ? stored.find(({ damaged, value }) => !damaged && accepts(value)) : undefined;
  }

  /** The store is told once per tenth of cullTime. */
  #used(state: State, { loadedAt }: Copy, now: number, outcome: Outcome): Outcome {
    if (now - loadedAt < TOUCHED_FOR || now - state.toldAt < TOUCHED_FOR) return outcome;
    state.toldAt = now;
    if (this.backupUp) state.usedAt = now;
    return outcome;
  }

  #store(state: State, copy: Copy, now: number): void {
    state.owed = this.backupUp ? undefined : copy;
    if (this.backupUp) state.usedAt = now;
    if (this.backupUp) state.stored = [{ ...copy, damaged: false }, ...state.stored].slice(0, 2);
  }

  #find(state: State, now: number): CachedCopy | undefined {
    const { held } = state;
    if (!this.cacheUp) {
      this.#failsToRead = true;
      return held;
    }
    if (this.#failsToRead) this.#cacheIsBack();
    const found = state.cached && state.cached.loadedAt >= state.missedAt ? state.cached : undefined;
    if (!state.held || state.held.until <= now) return found;
    return found && found.loadedAt > state.held.loadedAt ? found : state.held;
  }

  #fill(state: State, { value, loadedAt, until, stale }: CachedCopy, now: number): void {
    this.#change(state, { value, loadedAt, until, stale }, loadedAt, now);
  }

  /** Puts the copy into the cache, or takes out what is there. */
  #change(state: State, copy: CachedCopy | undefined, at: number, now: number): void {
    if (this.cacheUp) {
      state.cached = copy;
      state.missedAt = 0;
      if (this.#failsToRead) this.#hold(state, copy, at, now);
      else if (this.#failsToWrite) this.#cacheIsBack();
      this.#failsToWrite = false;
    } else {
      state.missedAt = Math.max(state.missedAt, at);
      this.#failsToWrite = true;
      this.#hold(state, copy, at, now);
    }
  }

  #hold(state: State, copy: CachedCopy | undefined, at: number, now: number): void {
    const { held } = state;
    if (copy && this.#isShared) state.held = held && held.loadedAt > copy.loadedAt && held.until > now ? held : copy;
    else if (held && held.loadedAt < at) state.held = undefined;
  }

  /** It is told of what it missed, and nothing is held any more. */
  #cacheIsBack(): void {
    this.#failsToRead = this.#failsToWrite = false;
    for (const state of this.#keys.values()) {
      if (state.cached && state.cached.loadedAt < state.missedAt) state.cached = undefined;
      state.missedAt = 0;
      state.held = undefined;
    }
  }

  #forget(state: State): void {
    state.owed = undefined;
    if (this.backupUp) state.stored = [];
  }
}

function answer(source: string, { value, loadedAt }: Copy, stale = false): Outcome {
  return { value, source, stale, loadedAt };
}
