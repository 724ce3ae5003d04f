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

/** @type {readonly Law[]} */
export const sourceLaws = [namedExports, contractIsTypes, contractIsShort];
