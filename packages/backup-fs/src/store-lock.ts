import { lstat } from "node:fs/promises";
import { codeOf } from "@lastgood/core/adapter";
import { lock } from "proper-lockfile";
import { ifThere } from "./errors.ts";
import { lockDirectory } from "./layout.ts";

type Release = () => Promise<void>;

/**
 * Keeps two processes from culling and sweeping at once. It cannot be relied on, and nothing does: a lock whose holder
 * seems dead for ten seconds is taken over, and the holder may only have been slow.
 */
export class StoreLock {
  readonly #root: string;
  #release: Release | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Undefined at once if another has it. Held until released, or lost; it does not keep the process alive. */
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
   * What time it is on the file system, which is not always the clock of this machine: the lock that we hold was touched
   * a few seconds ago. Undefined if we do not hold it.
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
