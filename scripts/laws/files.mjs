/** Laws about which files there are. */

/** @typedef {import("../lib/repository.mjs").Law} Law */

/** @param {string} title */
function adapterFiles(title) {
  return [
    "package.json",
    "README.md",
    "LICENSE",
    "tsconfig.json",
    "src/index.ts",
    `src/${title}.ts`,
    "test/conformance.test.ts",
    `test/${title}.test.ts`,
  ];
}

/** @type {Law} */
const sameFiles = {
  name: "every adapter has the same files",
  *violations({ packages, files }) {
    for (const { folder, title, kind } of packages) {
      if (kind !== "adapter") continue;
      for (const file of adapterFiles(title)) {
        if (files.includes(`${folder}/${file}`)) continue;
        yield {
          file: `${folder}/${file}`,
          line: 1,
          what: "this file is missing",
          todo: "Write it; templates/ shows what goes into it.",
        };
      }
    }
  },
};

/** @type {Law} */
const everyPackageExplainsItself = {
  name: "every package has a README and a tsconfig.json",
  *violations({ packages, files }) {
    for (const { folder, kind } of packages) {
      if (kind === "adapter") continue;
      for (const file of ["README.md", "tsconfig.json"]) {
        if (files.includes(`${folder}/${file}`)) continue;
        yield { file: `${folder}/${file}`, line: 1, what: "this file is missing", todo: "Write it." };
      }
    }
  },
};

/** @type {Law} */
const sameLicense = {
  name: "every package has the repository's LICENSE",
  *violations({ packages, files, read }) {
    const license = read("LICENSE");
    for (const { folder } of packages) {
      const file = `${folder}/LICENSE`;
      if (files.includes(file) && read(file) === license) continue;
      yield { file, line: 1, what: "this is not the LICENSE of the repository", todo: `Copy it: cp LICENSE ${file}` };
    }
  },
};

/** @type {Law} */
const knownKind = {
  name: "every package is of a known kind",
  *violations({ packages }) {
    for (const { folder, kind } of packages) {
      if (kind !== undefined) continue;
      yield {
        file: `${folder}/package.json`,
        line: 1,
        what: "no law knows this kind of package",
        todo: "Name an adapter cache-… or backup-…; for another kind, teach scripts/lib/repository.mjs and scripts/laws about it.",
      };
    }
  },
};

/** @type {readonly Law[]} */
export const fileLaws = [sameFiles, everyPackageExplainsItself, sameLicense, knownKind];
