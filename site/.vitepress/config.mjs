import { defineConfig } from "vitepress";
import { SIDEBAR } from "../plan.mjs";

/** @param {string} path */
function link(path) {
  return `/${path.replace(/(^|\/)index$/, "$1")}`;
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
  themeConfig: {
    nav: [
      { text: "Guide", link: "/start" },
      { text: "Reference", link: "/reference/core" },
    ],
    sidebar: SIDEBAR.map(({ title, pages }) => ({ text: title, items: pages.map((page) => ({ text: page.title, link: link(page.path) })) })),
    outline: [2, 3],
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: "https://github.com/lastgood/lastgood" }],
  },
});
