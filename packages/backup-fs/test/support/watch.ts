import fs from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

export interface FileCall {
  readonly op: "open" | "write" | "stat" | "sync" | "close" | "read" | "rename" | "mkdir" | "readdir" | "lstat" | "unlink" | "rmdir";
  readonly path: string;
  /** Where a rename leads. */
  readonly to?: string | undefined;
}

export interface Watch extends Disposable {
  /** Every call that has succeeded, in the order in which they did. */
  readonly calls: FileCall[];
  /** Runs before each call. What it waits for holds the call up, and what it throws makes the call fail. */
  before: (call: FileCall) => void | Promise<void>;
}

const PATH_CALLS = ["rename", "mkdir", "readdir", "lstat", "unlink", "rmdir"] as const;
const HANDLE_CALLS = { writeFile: "write", stat: "stat", sync: "sync", close: "close", read: "read" } as const;

/** Watches and disturbs the file calls of the code under test, which reach the real file system all the same. */
export function watchFiles(): Watch {
  const original = { ...fs };
  const calls: FileCall[] = [];
  const watch: Watch = {
    calls,
    before: () => undefined,
    [Symbol.dispose]() {
      Object.assign(fs, original);
      syncBuiltinESMExports();
    },
  };

  async function observed<T>(call: FileCall, work: () => Promise<T>): Promise<T> {
    await watch.before(call);
    const result = await work();
    calls.push(call);
    return result;
  }

  function observeHandle(handle: FileHandle, path: string): FileHandle {
    for (const [method, op] of Object.entries(HANDLE_CALLS)) {
      const work: unknown = Reflect.get(handle, method);
      if (typeof work !== "function") throw new Error(`no ${method}`);
      Reflect.set(handle, method, (...args: unknown[]) => observed({ op, path }, () => work.apply(handle, args)));
    }
    return handle;
  }

  for (const op of PATH_CALLS) {
    // Each has its own signature, and the watch passes on what it is given.
    const work = original[op] as (...args: unknown[]) => Promise<unknown>;
    Reflect.set(fs, op, (path: string, ...rest: unknown[]) => {
      const to = op === "rename" ? String(rest[0]) : undefined;
      return observed({ op, path, to }, () => work(path, ...rest));
    });
  }
  fs.open = async (path, ...rest) => {
    const handle = await observed({ op: "open", path: String(path) }, () => original.open(path, ...rest));
    return observeHandle(handle, String(path));
  };
  syncBuiltinESMExports();
  return watch;
}

export function failure(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** For `before`: acts before the first call that matches, and lets all others pass, also those that the act makes itself. */
export function once(matches: (call: FileCall) => boolean, act: (call: FileCall) => unknown): Watch["before"] {
  let acted = false;
  return async (call) => {
    if (acted || !matches(call)) return;
    acted = true;
    await act(call);
  };
}
