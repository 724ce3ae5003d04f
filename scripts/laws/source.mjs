/** Laws about the public surface: what is exported is named, and the contract stays small. */

import { linesAtRunTime } from "../lib/imports.mjs";

/** @typedef {import("../lib/repository.mjs").Law} Law */

const CONTRACT = "packages/core/src/adapter/contract.ts";
const CONTRACT_LINES = 120;

/** @type {Law} */
const namedExports = {
  name: "what a package exports is named",
  *violations({ packages, files, importsOf }) {
    for (const { folder } of packages) {
      for (const file of files.filter((name) => name.startsWith(`${folder}/src/`) && name.endsWith(".ts"))) {
        for (const { line } of importsOf(file).filter(({ exportsAll }) => exportsAll)) {
          yield { file, line, what: "export * hides what is public", todo: "Name what is exported, one by one." };
        }
      }
    }
  },
};

/** @type {Law} */
const contractIsTypes = {
  name: "the contract is types only",
  *violations({ read }) {
    for (const line of linesAtRunTime(CONTRACT, read(CONTRACT))) {
      yield {
        file: CONTRACT,
        line,
        what: "the contract has code in it",
        todo: "Move the code to another file of core.",
      };
    }
  },
};

/** @type {Law} */
const contractIsShort = {
  name: `the contract is under ${CONTRACT_LINES} lines`,
  *violations({ read }) {
    const lines = read(CONTRACT).trimEnd().split("\n").length;
    if (lines < CONTRACT_LINES) return;
    yield {
      file: CONTRACT,
      line: CONTRACT_LINES,
      what: `the contract has ${lines} lines`,
      todo: "Take something out of it: every adapter pays for each line.",
    };
  },
};

const BUILT_IN =
  /\binstanceof\s+((?:(?:Aggregate|Eval|Range|Reference|Syntax|Type|URI)?Error|AbortController|AbortSignal|Array|ArrayBuffer|BigInt64Array|Blob|Buffer|DataView|Date|DOMException|Function|Headers|Map|Object|Promise|ReadableStream|RegExp|Request|Response|Set|SharedArrayBuffer|Uint8Array|URL|URLSearchParams|WeakMap|WeakSet)\b)/;

/** Files that may ask for a built-in class, each for values that it has made itself or as the quick way to a question that knows every realm. */
const OF_THE_OWN_REALM = new Set(["packages/core/src/base/realm.ts", "packages/core/src/base/bytes.ts", "packages/core/src/entry/codec/revive.ts"]);

/** @type {Law} */
const noRealms = {
  name: "no source compares a value with a built-in class of its own realm",
  *violations({ files, read }) {
    for (const file of files.filter((name) => /^(?:packages|templates)\/[^/]+\/src\/.*\.ts$/.test(name) && !OF_THE_OWN_REALM.has(name))) {
      for (const [index, text] of read(file).split("\n").entries()) {
        const [, name = ""] = /^\s*(?:\/?\*|\/\/)/.test(text) ? [] : (BUILT_IN.exec(text) ?? []);
        if (name === "") continue;
        const todo = "Ask isError, isBytes or isUrl of @lastgood/core/adapter, or node:util's types: under Jest and in node:vm a value may come from another realm.";
        yield { file, line: index + 1, what: `"instanceof ${name}" is false for one of another realm`, todo };
      }
    }
  },
};

/** @type {readonly Law[]} */
export const sourceLaws = [namedExports, contractIsTypes, contractIsShort, noRealms];
