import { lstat } from "node:fs/promises";
import { codeOf } from "@lastgood/core/adapter";
import { lock } from "proper-lockfile";
import { ifThere } from "./errors.ts";
import { lockDirectory } from "./layout.ts";

type Release = () => Promise<void>;

/**
 * Keeps two processes from culling and sweeping at once, to spare work. Nothing correct depends on it: a lock whose holder
 * is silent for ten seconds is taken over, and the holder may only have been slow.
 */
export class StoreLock {
  readonly #root: string;
  #release: Release | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Answers `undefined` at once if another process has the lock. A held lock does not keep the process alive. */
  async take(): Promise<Release | undefined> {
    try {
      const release = await lock(this.#root, {
        lockfilePath: lockDirectory(this.#root),
        realpath: false,
        retries: 0,
        // Without this, losing the lock would end the process.
        onCompromised: () => this.#forget(release),
      });
      this.#release = release;
      return () => this.#give(release);
    } catch (error) {
      if (codeOf(error) === "ELOCKED") return undefined;
      throw error;
    }
  }

  /**
   * The time of the file system, which may differ from the clock of this machine: the lock that we hold was touched a few
   * seconds ago. `undefined` if we do not hold it.
   */
  async fileSystemTime(): Promise<number | undefined> {
    if (this.#release === undefined) return undefined;
    return (await ifThere(lstat(lockDirectory(this.#root))))?.ctimeMs;
  }

  /** Gives the lock back, if we still hold it. */
  get release(): Release | undefined {
    const release = this.#release;
    return release && (() => this.#give(release));
  }

  async #give(release: Release): Promise<void> {
    this.#forget(release);
    try {
      await release();
    } catch (error) {
      const code = codeOf(error);
      if (code !== "ERELEASED" && code !== "ENOTACQUIRED") throw error;
    }
  }

  #forget(release: Release): void {
    if (this.#release === release) this.#release = undefined;
  }
}
