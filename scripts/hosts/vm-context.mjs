/**
 * Runs the tests of the app in a context of node:vm, as test runners and hosts of plug-ins do: the app and lastgood share one realm, and Node's own
 * modules have another. `node --experimental-vm-modules vm-context.mjs TEST REPORT`: the report is of the form that Jest and Vitest write.
 */

import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import vm from "node:vm";

const [test = "", report = ""] = process.argv.slice(2);

/** @type {{ title: string, run: () => Promise<void> }[]} */
const tests = [];

/** What a host gives to a context that has only the language itself. */
const given = [
  ...["Buffer", "process", "console", "setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate", "queueMicrotask"],
  ...["AbortController", "AbortSignal", "TextEncoder", "TextDecoder", "URL", "URLSearchParams", "performance", "structuredClone", "fetch", "DOMException"],
];
const context = vm.createContext({
  ...Object.fromEntries(given.map((name) => [name, /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (globalThis))[name]])),
  test: (/** @type {string} */ title, /** @type {() => Promise<void>} */ run) => tests.push({ title, run }),
});

/** @type {Map<string, Promise<vm.Module>>} One module for each file, however many import it. */
const modules = new Map();

/** @param {string} specifier @param {{ identifier: string }} importer */
function load(specifier, { identifier }) {
  const place = isBuiltin(specifier) ? specifier : realpathSync(createRequire(identifier).resolve(specifier));
  const known = modules.get(place) ?? open(place);
  modules.set(place, known);
  return known;
}

/** @param {string} place @returns {Promise<vm.Module>} */
async function open(place) {
  return isBuiltin(place) || !isEsm(place) ? wrapped(place) : ownModule(place);
}

/** @param {string} file @returns {vm.SourceTextModule} */
function ownModule(file) {
  return new vm.SourceTextModule(readFileSync(file, "utf8"), {
    context,
    identifier: file,
    initializeImportMeta: (meta) => void (meta.url = pathToFileURL(file).href),
    importModuleDynamically: async (specifier) => evaluated(await load(specifier, { identifier: file })),
  });
}

/** Node's own modules, and those in CommonJS, stay in the realm of the host. @param {string} place @returns {Promise<vm.Module>} */
async function wrapped(place) {
  /** @type {Record<string, unknown>} */
  const namespace = await import(isBuiltin(place) ? place : pathToFileURL(place).href);
  const names = Object.keys(namespace);
  const module = new vm.SyntheticModule(names, () => names.forEach((name) => module.setExport(name, namespace[name])), { context });
  return module;
}

/** @param {string} file @returns {boolean} */
function isEsm(file) {
  if (/\.[cm]js$/.test(file)) return file.endsWith(".mjs");
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, "utf8")).type === "module";
  }
  return false;
}

/** @param {vm.Module} module */
async function evaluated(module) {
  if (module.status === "unlinked") await module.link((specifier, importer) => load(specifier, importer));
  await module.evaluate();
  return module;
}

/** @param {{ title: string, run: () => Promise<void> }} test */
async function resultOf({ title, run }) {
  try {
    await run();
    return { ancestorTitles: [], title, status: "passed", failureMessages: [] };
  } catch (error) {
    // An error of the context is no Error here.
    return { ancestorTitles: [], title, status: "failed", failureMessages: [String(/** @type {{ stack?: string }} */ (error)?.stack ?? error)] };
  }
}

await evaluated(await load(resolve(test), { identifier: fileURLToPath(import.meta.url) }));
const assertionResults = [];
for (const each of tests) assertionResults.push(await resultOf(each));
writeFileSync(report, JSON.stringify({ testResults: [{ name: resolve(test), assertionResults }] }));
