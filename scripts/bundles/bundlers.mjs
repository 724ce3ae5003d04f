/** The bundlers that a program with lastgood is bundled by, each as its own documentation says, for Node. */

import { basename, dirname } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup } from "rollup";
import webpack from "webpack";

/**
 * @typedef {"esm" | "cjs"} Format
 *
 * @typedef {object} Bundler
 * @property {string} name
 * @property {(entry: string, bundle: string, format: Format) => Promise<readonly string[]>} bundle Resolves with what it has warned of.
 */

/** @type {Bundler} */
const esbuild = {
  name: "esbuild",
  async bundle(entry, bundle, format) {
    const { warnings } = await build({ entryPoints: [entry], outfile: bundle, bundle: true, platform: "node", target: "node20.19", format, logLevel: "silent" });
    return warnings.map(({ text }) => text);
  },
};

/** @type {Bundler} */
const webpackBundler = {
  name: "webpack",
  async bundle(entry, bundle, format) {
    const isModule = format === "esm";
    const library = isModule ? { library: { type: "module" }, module: true, chunkFormat: "module" } : { library: { type: "commonjs2" } };
    const output = { path: dirname(bundle), filename: basename(bundle), ...library };
    const compiler = webpack({ mode: "production", target: "node20.19", entry, output, experiments: { outputModule: isModule } });
    /** @type {import("webpack").Stats} */
    const stats = await new Promise((resolve, reject) => compiler.run((error, done) => (done === undefined ? reject(error) : resolve(done))));
    await new Promise((resolve) => compiler.close(resolve));
    const { errors = [], warnings = [] } = stats.toJson();
    return [...errors, ...warnings].map(({ message }) => message);
  },
};

/** @type {Bundler} */
const rollupBundler = {
  name: "Rollup",
  async bundle(entry, bundle, format) {
    /** @type {string[]} */
    const warnings = [];
    const made = await rollup({ input: entry, plugins: [nodeResolve({ exportConditions: ["node"] })], onwarn: ({ message }) => warnings.push(message) });
    await made.write({ file: bundle, format });
    await made.close();
    return warnings;
  },
};

/** @type {readonly Bundler[]} */
export const bundlers = [esbuild, webpackBundler, rollupBundler];
