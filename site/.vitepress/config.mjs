import { defineConfig } from "vitepress";
import { API, API_SIDEBAR, SIDEBAR } from "../plan.mjs";

/** @param {string} path */
function link(path) {
  return `/${path.replace(/(^|\/)index$/, "$1")}`;
}

/** @param {readonly import("../plan.mjs").Group[]} groups */
function sidebar(groups) {
  return groups.map(({ title, pages }) => ({ text: title, items: pages.map((page) => ({ text: page.title, link: link(page.path) })) }));
}

const WIDE = new Set(["comparison.md", "matrix.md", "results.md", "faults.md", "http-cases.md"]);

/** Of an exported name, its own description alone: else each "Returns" would be found. @param {string} text @param {string} path */
function searched(text, path) {
  return path.startsWith(`${API}/`) ? text.split("\n## ", 1).join("") : text;
}

export default defineConfig({
  title: "lastgood",
  description: "A cache that never forgets the last good answer",
  lang: "en",
  srcDir: "dist/pages",
  outDir: "dist/html",
  cacheDir: "dist/cache",
  cleanUrls: true,
  // The sources are Markdown for GitHub as well: what looks like HTML or Vue in them is text.
  markdown: { html: false },
  // A page of wide tables has their room instead of an outline.
  transformPageData: ({ relativePath, frontmatter }) => (WIDE.has(relativePath) ? { frontmatter: { ...frontmatter, aside: false } } : undefined),
  themeConfig: {
    nav: [
      { text: "Guide", link: "/start" },
      { text: "Reference", link: "/reference/core" },
    ],
    sidebar: { "/": sidebar(SIDEBAR), [`/${API}/`]: sidebar([...API_SIDEBAR, ...SIDEBAR.filter(({ title }) => title === "Reference")]) },
    outline: [2, 3],
    search: { provider: "local", options: { _render: (text, page, markdown) => markdown.render(searched(text, page.relativePath), page) } },
    socialLinks: [{ icon: "github", link: "https://github.com/lastgood/lastgood" }],
  },
});
