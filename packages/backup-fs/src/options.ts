import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

export interface FsBackupOptions {
  /**
   * How many records each id keeps, the newest ones. A whole number, at least 2: the one before the newest is what
   * answers when the newest cannot be read.
   * @default 2
   */
  readonly generations?: number | undefined;
  /**
   * The largest record, in bytes. A larger one is refused by `write`, and is an error to `read`, which would have to
   * bring it into memory.
   * @default 268435456 (256 MiB)
   */
  readonly maxBytes?: number | undefined;
}

export interface Settings {
  readonly root: string;
  readonly generations: number;
  readonly maxBytes: number;
}

export function settingsFrom(directory: unknown, options: unknown): Settings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`options must be an object, not ${shown(options)}: leave it out for the defaults`);
  }
  const { generations = 2, maxBytes = 256 * 1024 * 1024 }: Record<string, unknown> = { ...options };
  return {
    root: rootFrom(directory),
    generations: wholeNumber("generations", generations, 2),
    maxBytes: wholeNumber("maxBytes", maxBytes, 1),
  };
}

/** Absolute from now on, so that a later `process.chdir` does not move the store. */
function rootFrom(directory: unknown): string {
  const advice = 'give a path such as "./var/backups", or a file: URL';
  if (directory instanceof URL) {
    const { protocol } = directory;
    if (protocol !== "file:") throw new RangeError(`directory must be a file: URL, not ${protocol}: ${advice}`);
    return resolve(fileURLToPath(directory));
  }
  if (typeof directory !== "string") {
    throw new TypeError(`directory must be a string or a URL, not ${shown(directory)}: ${advice}`);
  }
  if (directory === "") throw new RangeError(`directory must not be empty: ${advice}`);
  if (directory.includes("\0")) throw new RangeError(`directory must not contain a NUL character: ${advice}`);
  return resolve(directory);
}

function wholeNumber(name: string, value: unknown, least: number): number {
  const advice = "leave it out for the default";
  if (typeof value !== "number") throw new TypeError(`${name} must be a number, not ${shown(value)}: ${advice}`);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be a whole number, at least ${least}, not ${value}: ${advice}`);
  }
  return value;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : `a value of type ${typeof value}`;
}
