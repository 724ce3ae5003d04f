/** Writes the pages of the interface: an index for each entry point of each package, and a page for each name that it exports. */

import { join } from "node:path";
import { Application, Converter, LogLevel, ReflectionKind } from "typedoc";
import { MarkdownPageEvent } from "typedoc-plugin-markdown";
import { API, ENTRY_POINTS, ROOT } from "./plan.mjs";

const FIRST = "index.md";

/** @param {string} folder Of Markdown. @returns {Promise<string[]>} The paths of the pages on the site. */
export async function writeReference(folder) {
  const app = await Application.bootstrapWithPlugins(optionsFor(folder));
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_context, reflection) => {
    if (reflection.kindOf(ReflectionKind.Module)) reflection.name = fileOf(reflection.name);
  });
  /** @type {string[]} */
  const paths = [];
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    page.contents = page.url === FIRST ? firstPage() : forReaders(page.contents ?? "");
    paths.push(`${API}/${page.url.replace(/\.md$/, "")}`);
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("the declarations of the packages cannot be read: are they built?");
  if (project.children?.length !== ENTRY_POINTS.length) throw new Error("an entry point has no page in the reference");
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasWarnings() || app.logger.hasErrors()) throw new Error("typedoc has found something wrong; it says so above");
  return paths;
}

/** @param {string} folder @returns {Partial<import("typedoc").TypeDocOptions & import("typedoc-plugin-markdown").PluginOptions>} */
function optionsFor(folder) {
  return {
    plugin: ["typedoc-plugin-markdown"],
    // The declarations of all packages are one program, so that a type of core is known in each of them.
    entryPoints: ENTRY_POINTS.map(({ declarations }) => join(ROOT, declarations)),
    tsconfig: join(ROOT, "site/tsconfig.reference.json"),
    basePath: ROOT,
    out: join(folder, API),
    readme: "none",
    name: "Every exported name",
    disableGit: true,
    disableSources: true,
    excludePrivate: true,
    skipErrorChecking: true,
    logLevel: LogLevel.Warn,
    entryFileName: "index",
    outputFileStrategy: "members",
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    parametersFormat: "table",
    indexFormat: "table",
    pageTitleTemplates: {
      module: ({ rawName }) => entryPoint(rawName)?.name ?? rawName,
      member: ({ name }) => name,
    },
  };
}

/** What a program may import, and from where. */
function firstPage() {
  const entries = ENTRY_POINTS.map(({ name, file }) => `- [${name}](${file}/index.md)`);
  return `# Every exported name\n\nOf each entry point, from the doc comments that your editor shows as well. How the names are used together is in the README of each package.\n\n${entries.join("\n")}\n`;
}

/** @param {string} name A file without its folder and ending. */
function entryPoint(name) {
  return ENTRY_POINTS.find(({ file }) => file === name);
}

/** @param {string} module As typedoc names it: the path of the declarations, shortened. */
function fileOf(module) {
  const found = ENTRY_POINTS.find(({ declarations }) => declarations.replace(/(?:\/index)?\.d\.ts$/, "") === module);
  if (found === undefined) throw new Error(`there is no entry point for ${module}`);
  return found.file;
}

/** Without anchors in HTML, which would be shown as text, and without the classes inside a package that a member comes from. @param {string} markdown */
function forReaders(markdown) {
  return markdown.replaceAll(/<a id="[^"]*"><\/a> /g, "").replaceAll(/^#+ (?:Inherited from|Overrides|Implementation of)\n\n.*\n\n?/gm, "").replaceAll(/^#+ Extends\n\n- `\w+`\n\n/gm, "").replaceAll(/^#+ Extended by\n\n(?:- .*\n)+\n/gm, "");
}
