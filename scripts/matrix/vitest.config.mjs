/** The tests of this repository, on packages that are laid out as in it, and are the packed ones. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Tests import the sources. Here they get what is published: what was made of these, unless it is a part of a bundle. */
const publishedInPlaceOfSources = {
  name: "published-in-place-of-sources",
  enforce: /** @type {const} */ ("pre"),
  /** @param {string} source @param {string | undefined} importer */
  resolveId(source, importer) {
    if (importer === undefined || !/^(?:\.\.\/)+src\/.+\.ts$/.test(source)) return undefined;
    const published = join(dirname(importer), source).replace(/\/src\/(.+)\.ts$/, "/dist/$1.js");
    return existsSync(published) ? published : undefined;
  },
};

export default defineConfig({
  plugins: [publishedInPlaceOfSources],
  test: {
    include: ["packages/*/test/**/*.test.ts", "{examples,integration}/**/*.test.ts"],
    // Not core's tests that measure memory or go by the ten thousand, which tell the same everywhere; nor those that load its sources anew.
    exclude: ["**/node_modules/**", "packages/core/test/{culling,keys,memory,model,options,processes}.test.ts"],
    setupFiles: [fileURLToPath(new URL("runtime-check.mjs", import.meta.url))],
    // The folder is within a node_modules, whose files vitest would leave to the runtime. The packages are; tests are not.
    server: { deps: { inline: [/\/(?:src|test|examples|integration)\/(?:.*\/)?[^/]+\.ts$/, /\/scripts\/matrix\//] } },
    maxWorkers: "100%",
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
