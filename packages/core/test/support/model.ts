/** What a datastore should do, in as few words as can be: one object per key, no time of its own, no promises. */

export const TTL = 300_000;

export interface Copy {
  readonly value: number;
  readonly loadedAt: number;
}

interface State {
  cached?: (Copy & { readonly until: number; readonly stale: boolean }) | undefined;
  /** The cache missed something that was loaded, set or deleted at this time: what it holds from before is no answer. */
  missedAt: number;
  /** The newest first, two at most. */
  stored: (Copy & { damaged: boolean })[];
  /** The value whose backup write failed. */
  owed?: Copy | undefined;
}

export type Outcome = { readonly value: number | undefined; readonly source: string; readonly stale: boolean; readonly loadedAt: number } | { readonly error: unknown };

export type Loaded = { readonly value: number | undefined } | { readonly error: string; readonly isGone: boolean };

export class Model {
  cacheUp = true;
  backupUp = true;
  readonly #keys = new Map<string, State>();

  get(key: string, loaded: Loaded, now: number, useCache: boolean): Outcome {
    const state = this.#of(key);
    const { cached } = state;
    if (useCache && this.cacheUp && cached && cached.until > now && cached.loadedAt >= state.missedAt) return answer("cache", cached, cached.stale);
    const backup = this.#backup(state);
    if (!useCache && backup) return answer("backup", backup);
    if ("value" in loaded) {
      const { value } = loaded;
      if (value === undefined) return { value, source: "loader", stale: false, loadedAt: now };
      const copy = { value, loadedAt: now };
      this.#store(state, copy);
      if (useCache) this.#cache(state, copy, now + TTL, false);
      return answer("loader", copy);
    }
    if (loaded.isGone) this.#forget(state);
    if (loaded.isGone || !backup) return { error: loaded.error };
    if (useCache) this.#cache(state, backup, now + TTL / 2, true);
    return answer("backup", backup, true);
  }

  /** Each of these says whether it is kept to the letter. */
  set(key: string, value: number, now: number): boolean {
    this.#store(this.#of(key), { value, loadedAt: now });
    this.#cache(this.#of(key), { value, loadedAt: now }, now + TTL, false);
    return this.cacheUp && this.backupUp;
  }

  expire(key: string, now: number): boolean {
    const state = this.#of(key);
    if (this.cacheUp) state.cached = undefined;
    state.missedAt = this.cacheUp ? 0 : now;
    return this.cacheUp;
  }

  delete(key: string, now: number): boolean {
    this.#forget(this.#of(key));
    return this.expire(key, now) && this.backupUp;
  }

  flush(): boolean {
    const owing = [...this.#keys.values()].filter(({ owed }) => owed);
    for (const state of owing) if (state.owed) this.#store(state, state.owed);
    return owing.length === 0 || this.backupUp;
  }

  peek(key: string): Copy | "cannot know" | undefined {
    return !this.backupUp && !this.#of(key).owed ? "cannot know" : this.#backup(this.#of(key));
  }

  restart(): void {
    for (const state of this.#keys.values()) Object.assign(state, { owed: undefined, missedAt: 0 });
  }

  loseCache(): void {
    for (const state of this.#keys.values()) state.cached = undefined;
  }

  damage(key: string): void {
    const [newest] = this.#of(key).stored;
    if (newest) newest.damaged = true;
  }

  #of(key: string): State {
    const state = this.#keys.get(key) ?? { missedAt: 0, stored: [] };
    this.#keys.set(key, state);
    return state;
  }

  #backup({ owed, stored }: State): Copy | undefined {
    return owed ?? (this.backupUp ? stored.find(({ damaged }) => !damaged) : undefined);
  }

  #store(state: State, copy: Copy): void {
    state.owed = this.backupUp ? undefined : copy;
    if (this.backupUp) state.stored = [{ ...copy, damaged: false }, ...state.stored].slice(0, 2);
  }

  #cache(state: State, { value, loadedAt }: Copy, until: number, stale: boolean): void {
    if (this.cacheUp) state.cached = { value, loadedAt, until, stale };
    state.missedAt = this.cacheUp ? 0 : Math.max(state.missedAt, loadedAt);
  }

  #forget(state: State): void {
    state.owed = undefined;
    if (this.backupUp) state.stored = [];
  }
}

function answer(source: string, { value, loadedAt }: Copy, stale = false): Outcome {
  return { value, source, stale, loadedAt };
}
