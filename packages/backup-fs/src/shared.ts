/** Work that several callers ask for and that is done once: those who ask before it begins get its outcome. */
export class Shared<T> {
  readonly #awaited = new Map<string, Promise<T>>();

  /** `schedule` decides when `work` begins, which may be at once. */
  run(key: string, schedule: (work: () => Promise<T>) => Promise<T>, work: () => Promise<T>): Promise<T> {
    const awaited = this.#awaited.get(key);
    if (awaited !== undefined) return awaited;
    let begun = false;
    const outcome = schedule(() => {
      begun = true;
      this.#awaited.delete(key);
      return work();
    });
    if (!begun) this.#awaited.set(key, outcome);
    return outcome;
  }
}
