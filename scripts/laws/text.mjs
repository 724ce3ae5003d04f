/** Laws about every file that somebody has written. */

import { posix } from "node:path";

/**
 * @typedef {import("../lib/repository.mjs").Law} Law
 * @typedef {import("../lib/repository.mjs").Repository} Repository
 */

/**
 * @param {string} name
 * @param {RegExp} pattern What no line may have.
 * @param {string} todo
 * @returns {Law}
 */
function forbidden(name, pattern, todo) {
  return {
    name,
    *violations({ files, read }) {
      for (const file of files) {
        for (const [index, text] of read(file).split("\n").entries()) {
          const [found] = pattern.exec(text) ?? [];
          if (found !== undefined) yield { file, line: index + 1, what: `"${found}" stands here`, todo };
        }
      }
    },
  };
}

const noRegistry = forbidden(
  "no file names the address of a package registry",
  /\bregistry\.[\w-]+\.\w+|\b(?:deb|security)\.debian\.org|\btarball: *http/i,
  "Remove it: which registry is asked is for each machine's own configuration.",
);

const noMachinePath = forbidden(
  "no file names a folder of somebody's machine",
  /(?<![\w.$}*~-])\/(?:root|work|home\/[\w-]+|Users\/[\w-]+)\/[\w.]+|\b[A-Z]:\\Users\\/,
  "Make it relative to the repository, or a folder that every machine has.",
);

/** @type {Law} */
const linksResolve = {
  name: "every link of a Markdown file leads to a file, and to a heading in it",
  *violations({ files, read }) {
    const known = new Set(files.flatMap((file) => [file, ...foldersOf(file)]));
    for (const file of files.filter((name) => name.endsWith(".md"))) {
      for (const { target, line } of relativeLinks(read(file))) {
        const [path = "", heading] = target.split("#");
        const wanted = path === "" ? file : posix.join(posix.dirname(file), path).replace(/\/$/, "");
        if (!known.has(wanted)) {
          yield { file, line, what: `the link "${target}" leads nowhere`, todo: "Correct it, or write the file." };
        } else if (heading !== undefined && wanted.endsWith(".md") && !headingsOf(read(wanted)).has(heading)) {
          yield {
            file,
            line,
            what: `the link "${target}" names a heading that ${wanted} does not have`,
            todo: "Correct it.",
          };
        }
      }
    }
  },
};

/** @param {string} file @returns {string[]} */
function foldersOf(file) {
  const folder = posix.dirname(file);
  return folder === "." ? [folder] : [folder, ...foldersOf(folder)];
}

/** @param {string} markdown */
function* relativeLinks(markdown) {
  for (const [index, text] of withoutCode(markdown).split("\n").entries()) {
    for (const [, inline, reference] of text.matchAll(/\]\(\s*<?([^)\s>]+)|^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)/g)) {
      const target = inline ?? reference ?? "";
      // With a scheme it is an address, and none of ours to check.
      if (!/^[a-z][a-z\d+.-]*:/i.test(target)) yield { target: decodeURI(target), line: index + 1 };
    }
  }
}

/** @param {string} markdown */
function withoutCode(markdown) {
  return withoutBlocks(markdown).replaceAll(/`[^`\n]*`/g, "");
}

/** @param {string} markdown @returns {Set<string>} The headings as a browser's address bar shows them. */
function headingsOf(markdown) {
  const titles = [...withoutBlocks(markdown).matchAll(/^#+ +(.+?) *#*$/gm)].map(([, title = ""]) => title);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** Empties what is fenced, and keeps the lines where they are. @param {string} markdown */
function withoutBlocks(markdown) {
  return markdown.replaceAll(/^( *)(```+|~~~+)[^\n]*\n[\s\S]*?^\1\2$/gm, (block) => block.replaceAll(/[^\n]/g, ""));
}

const DECISIONS = "docs/decisions/";

/** @type {Law} */
const decisionsAreIndexed = {
  name: "the index of decisions has every page, with its date",
  *violations({ files, read }) {
    const index = `${DECISIONS}README.md`;
    const lines = files.includes(index) ? read(index).split("\n") : [];
    for (const file of files.filter((name) => name.startsWith(DECISIONS) && name !== index)) {
      const page = file.slice(DECISIONS.length);
      const [number] = page.split("-");
      if (lines.some((line) => isIndexed(line, number, page))) continue;
      yield {
        file: index,
        line: 1,
        what: `there is no line for ${page}`,
        todo: `Add one: | [${number}](${page}) | YYYY-MM-DD | the decision in a sentence | everyday keywords |`,
      };
    }
  },
};

/** @param {string} line @param {string | undefined} number @param {string} page */
function isIndexed(line, number, page) {
  const [, link, date, decision, keywords] = line.split("|").map((cell) => cell.trim());
  return link === `[${number}](${page})` && /^\d{4}-\d\d-\d\d$/.test(date ?? "") && !!decision && !!keywords;
}

/** @type {readonly Law[]} */
export const textLaws = [noRegistry, noMachinePath, linksResolve, decisionsAreIndexed];
