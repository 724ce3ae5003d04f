import { mustBe } from "../base/shown.ts";
import { isPromiseLike } from "../base/async.ts";
import { shownKey } from "../base/stored-key.ts";
import { messageOf } from "../report/errors.ts";
import { warnOnce } from "../report/warnings.ts";

/** How a load ended. A time-out and a value refused by `validate` are failures too. */
export type LoadOutcome = { readonly ok: true } | { readonly ok: false; readonly error: unknown };

/**
 * Calls `run` at once, within what it opens. `run` resolves when the load is over, and never rejects. What the wrap returns is
 * ignored; one that throws, or does not call `run`, changes nothing for the load.
 */
export type LoadWrap = (load: { readonly key: string }, run: () => Promise<LoadOutcome>) => unknown;

/** Functions that loads run within, such as spans of a tracer, which must be open before the loader makes calls of its own. */
export class LoadWraps {
  #wraps: readonly LoadWrap[] = [];

  get isEmpty(): boolean {
    return this.#wraps.length === 0;
  }

  add(wrap: LoadWrap): () => void {
    if (typeof wrap !== "function") throw new TypeError(mustBe("wrapLoads: wrap", "a function", wrap));
    const own: LoadWrap = (load, run) => wrap(load, run);
    this.#wraps = [...this.#wraps, own];
    return () => void (this.#wraps = this.#wraps.filter((one) => one !== own));
  }

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const load = { key: shownKey(key) };
    return this.#wraps.reduceRight<() => Promise<T>>((inner, wrap) => () => runWithin(wrap, load, inner), work)();
  }
}

/** The work runs once, whatever the wrap does. */
function runWithin<T>(wrap: LoadWrap, load: { readonly key: string }, work: () => Promise<T>): Promise<T> {
  let loaded: Promise<T> | undefined;
  const runOnce = (): Promise<T> => (loaded ??= work());
  try {
    const answer = wrap(load, () => runOnce().then(succeeded, failed));
    if (isPromiseLike(answer)) answer.then(undefined, warnOf);
  } catch (error) {
    warnOf(error);
  }
  return runOnce();
}

function succeeded(): LoadOutcome {
  return { ok: true };
}

function failed(error: unknown): LoadOutcome {
  return { ok: false, error };
}

function warnOf(error: unknown): void {
  warnOnce("LASTGOOD_LOAD_WRAP", `a wrap of wrapLoads threw, and the load went on without it: ${messageOf(error)}`);
}
