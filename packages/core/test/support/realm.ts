import { createRequire } from "node:module";
import { type Context, createContext, runInContext } from "node:vm";
import { buildSync } from "esbuild";
import type * as core from "../../src/index.ts";

/** What Node gives a program beside the language itself: a context has none of it. */
function globalsOfNode(): object {
  const { performance, process, Buffer, AbortController, AbortSignal, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate, URLSearchParams, TextDecoder } = globalThis;
  return { performance, process, Buffer, AbortController, AbortSignal, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate, URLSearchParams, TextDecoder };
}

export interface Realm {
  /** Runs code in the realm: its values are of its own classes. */
  run<T>(code: string): T;
  /** Core as a program in that realm has loaded it. */
  readonly core: typeof core;
}

let bundle: string | undefined;

/** A realm as Jest and Vitest's vmThreads make one: core is loaded inside it, and Node's modules are of another realm. */
export function makeRealm(): Realm {
  const context = createContext(globalsOfNode());
  return { run: <T>(code: string): T => runInContext(code, context) as T, core: loadCore(context) }; // the caller knows what the code makes
}

function loadCore(context: Context): typeof core {
  const entry = new URL("../../src/index.ts", import.meta.url).pathname;
  bundle ??= buildSync({ entryPoints: [entry], bundle: true, format: "cjs", platform: "node", target: "node20.19", write: false }).outputFiles[0]?.text;
  const load = runInContext(`(function (module, exports, require) {${bundle}\n})`, context) as (...args: unknown[]) => void; // as written
  const module = { exports: {} };
  load(module, module.exports, createRequire(import.meta.url));
  return module.exports as typeof core; // built from its source
}
