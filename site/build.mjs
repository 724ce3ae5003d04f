/**
 * Builds the site into site/dist: VitePress, from the Markdown of this repository. A link that leads nowhere fails it. Beside each page is
 * its Markdown, and llms.txt lists them.
 */

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { build } from "vitepress";
import { API_SIDEBAR, PAGES, ROOT, SIDEBAR } from "./plan.mjs";
import { writeReference } from "./reference.mjs";

const HOME = "https://github.com/lastgood/lastgood";
const SITE = join(ROOT, "site");
const SOURCES = join(SITE, "dist/pages");
const OUTPUT = join(SITE, "dist/html");

/** @typedef {import("./plan.mjs").Page & { readonly source: string }} WrittenPage */

/** The pages that are files of the repository. */
const WRITTEN = PAGES.filter(/** @returns {page is WrittenPage} */ (page) => page.source !== undefined);

/** The pages, by the file that they are written in, and by the folder whose README they are. */
const BY_SOURCE = new Map(WRITTEN.flatMap(({ source, path }) => [[source, path], [source.replace(/\/README\.md$/, ""), path]]));

/** The pictures that pages show, relative to the repository. @type {Set<string>} */
const PICTURES = new Set();

/** @param {WrittenPage} page */
async function pageText({ source, path }) {
  const text = await readFile(join(ROOT, source), "utf8");
  const withFiles = await replaceEach(text, /^<<< (\S+)$/gm, ([, file = ""]) => included(file));
  return withFiles
    .split(/(^```.*?^```$)/ms)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/(\]\()([^)\s]+)(\))/g, (_, open, target, close) => open + linkOf(target, source, path) + close)))
    .join("");
}

/** @param {string} file */
async function included(file) {
  const language = file.endsWith(".mjs") ? "js" : posix.basename(file).toLowerCase();
  return `\`\`\`${language}\n${(await readFile(join(ROOT, file), "utf8")).trimEnd()}\n\`\`\``;
}

/** @param {string} text @param {RegExp} pattern @param {(match: RegExpMatchArray) => Promise<string>} replace */
async function replaceEach(text, pattern, replace) {
  const made = await Promise.all(Array.from(text.matchAll(pattern), replace));
  return text.replaceAll(pattern, () => made.shift() ?? "");
}

/** A link to a file of the repository leads to its page, or to GitHub where it has none. @param {string} target @param {string} source @param {string} path */
function linkOf(target, source, path) {
  const atHome = target.startsWith(`${HOME}/`) ? target.slice(HOME.length).replace(/^\/(?:tree|blob)\/main\//, "") : undefined;
  if (atHome === undefined && /^(?:[a-z]+:|#)/i.test(target)) return target;
  const [file = "", heading] = (atHome ?? target).split("#");
  const wanted = (atHome === undefined ? posix.join(posix.dirname(source), file) : file).replace(/\/$/, "");
  if (!existsSync(join(ROOT, wanted))) return target; // one of GitHub's own, or a mistake that a law finds
  if (/\.(?:svg|png)$/.test(wanted)) {
    PICTURES.add(wanted);
    return `/${wanted}`;
  }
  const page = BY_SOURCE.get(wanted);
  const fragment = heading === undefined || heading === "readme" ? "" : `#${heading}`;
  if (page === path && fragment !== "") return fragment;
  if (page !== undefined) return `/${page.replace(/(^|\/)index$/, "$1")}${fragment}`;
  return `${HOME}/${statSync(join(ROOT, wanted)).isDirectory() ? "tree" : "blob"}/main/${wanted}${fragment}`;
}

async function writePages() {
  await rm(join(SITE, "dist"), { recursive: true, force: true });
  await mkdir(join(SOURCES, "public"), { recursive: true });
  for (const page of WRITTEN) {
    const target = join(SOURCES, `${page.path}.md`);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, await pageText(page));
  }
  for (const picture of PICTURES) await cp(join(ROOT, picture), join(SOURCES, "public", picture));
  await writeFile(join(SOURCES, "public/llms.txt"), overview());
}

function overview() {
  const groups = [...SIDEBAR, ...API_SIDEBAR].map(({ title, pages }) => `## ${title}\n\n${pages.map(({ title: name, path }) => `- [${name}](/${path}.md)`).join("\n")}\n`);
  return `# lastgood\n\n> A cache for Node, bun and Deno that never forgets the last good answer: when the loader fails, the durable backup answers.\n\n${groups.join("\n")}`;
}

await writePages();
const paths = [...WRITTEN.map(({ path }) => path), ...(await writeReference(SOURCES))];
await build(SITE, { outDir: OUTPUT });
// Beside each page, what a program reads.
for (const path of paths) await cp(join(SOURCES, `${path}.md`), join(OUTPUT, `${path}.md`));
console.log(`${paths.length} pages are in site/dist/html`);
