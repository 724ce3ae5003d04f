/** Laws about every file that somebody has written. */

import { posix } from "node:path";
import { HOME } from "../lib/repository.mjs";

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
      for (const { target, line } of [...relativeLinks(read(file)), ...linksHome(read(file))]) {
        const [path = "", heading] = target.split("#");
        const from = target.startsWith("/") ? "." : posix.dirname(file);
        const wanted = path === "" ? file : posix.join(from, path.replace(/^\//, "")).replace(/\/$/, "");
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

/** Links to files of this repository by its address, as paths that begin with a slash. @param {string} markdown */
function* linksHome(markdown) {
  for (const [index, text] of withoutCode(markdown).split("\n").entries()) {
    for (const [, kind, path = ""] of text.matchAll(IN_THE_REPOSITORY)) yield { target: pageOf(kind, path), line: index + 1 };
  }
}

const IN_THE_REPOSITORY = new RegExp(`${HOME.replaceAll(".", "\\.")}/(tree|blob|raw)/main/([^)\\s>"]+)`, "g");

/** GitHub shows the README of a folder below its files. @param {string | undefined} kind @param {string} path */
function pageOf(kind, path) {
  const [folder = "", heading] = path.split("#");
  return kind === "tree" && heading !== undefined ? `/${folder}/README.md${heading === "readme" ? "" : `#${heading}`}` : `/${path}`;
}

/** @type {Law} */
const linksWorkOnNpm = {
  name: "the README of a published package has no relative links",
  *violations({ packages, read, files }) {
    for (const { folder, isTemplate } of packages) {
      const file = `${folder}/README.md`;
      if (isTemplate || !files.includes(file)) continue;
      for (const { target, line } of relativeLinks(read(file))) {
        if (target.startsWith("#")) continue;
        const whole = posix.join(folder, target);
        const todo = `npm shows this page as well: make it ${HOME}/${posix.extname(whole) === "" ? "tree" : "blob"}/main/${whole}.`;
        yield { file, line, what: `the link "${target}" works in the repository alone`, todo };
      }
    }
  },
};

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

/** @type {Law} */
const changesetsNamePackages = {
  name: "a changeset names published packages",
  *violations({ packages, files, read }) {
    const known = new Set(packages.flatMap(({ manifest, isTemplate }) => (isTemplate ? [] : [manifest.name])));
    for (const file of files.filter((name) => /^\.changeset\/.*\.md$/.test(name))) {
      const [, header = ""] = /^---\n(.*?)^---$/ms.exec(read(file)) ?? [];
      for (const [index, text] of header.split("\n").entries()) {
        const [, name = ""] = /^["']?([^"':]+)["']?:/.exec(text) ?? [];
        if (name === "" || known.has(name)) continue;
        const todo = `Name one of ${[...known].join(", ")}: otherwise no version can be released.`;
        yield { file, line: index + 2, what: `"${name}" is no published package`, todo };
      }
    }
  },
};

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
export const textLaws = [noRegistry, noMachinePath, linksResolve, linksWorkOnNpm, changesetsNamePackages, decisionsAreIndexed];
