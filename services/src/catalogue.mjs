/** What is in the data files beside this folder: one for each kind of server. */

import { readdirSync, readFileSync } from "node:fs";

/**
 * @typedef {readonly string[]} Command A program and its arguments; no shell reads them.
 *
 * @typedef {object} Probe What a server that is ready answers to what it is sent.
 * @property {string} send One byte a character, and so is `expect`.
 * @property {string} expect
 * @property {boolean} [tls]
 *
 * @typedef {object} ServerPlan
 * @property {number} [copies] So many of them, named `node1`, `node2` …
 * @property {readonly string[]} [file] Lines of a configuration file, whose path is `${file}`.
 * @property {Command} command
 * @property {Readonly<Record<string, string>>} [env]
 * @property {NodeJS.Signals} [end] What ends it for good and without delay, where SIGKILL would leave something on the machine.
 * @property {Probe} ready
 *
 * @typedef {object} Variant
 * @property {readonly Command[]} [prepare] Run to their end before the servers start.
 * @property {Readonly<Record<string, ServerPlan>>} servers Started one after the other, the copies of each at the same time.
 * @property {readonly Command[]} [assemble] Run to their end when the servers are ready.
 * @property {Probe} [assembled] What each of them answers after that.
 * @property {string} url Where clients find them.
 *
 * @typedef {object} ServicePlan
 * @property {boolean} [apart] It is large, so that only a command of its own installs and starts it.
 * @property {readonly Command[]} check Succeed where all that is needed is installed.
 * @property {readonly string[]} debian The packages that bring it.
 * @property {Readonly<Record<string, Variant>>} variants
 */

const folder = new URL("../", import.meta.url);

/** @returns {string[]} The kinds of server that the tests need. */
export function serviceNames() {
  return allNames().filter((name) => servicePlan(name).apart !== true);
}

/** @returns {string[]} */
function allNames() {
  return readdirSync(folder)
    .flatMap((file) => /^([a-z]\w*)\.json$/.exec(file)?.[1] ?? [])
    .filter((name) => name !== "package")
    .sort();
}

/**
 * @param {string} name Such as "redis".
 * @returns {ServicePlan}
 */
export function servicePlan(name) {
  if (!allNames().includes(name)) throw new RangeError(`there is no service "${name}": there are ${allNames().join(", ")}`);
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
}

/**
 * Puts values in the place of `${name}` and `${server.name}`, in every string of it.
 * @template T
 * @param {T} template
 * @param {Readonly<Record<string, string>>} values
 * @returns {T}
 */
export function filledIn(template, values) {
  /** @type {(text: string, name: string) => string} */
  const fill = (text, name) => {
    const value = values[name];
    if (value === undefined) throw new RangeError(`${text} is not known here: there are ${Object.keys(values).join(", ")}`);
    return value;
  };
  return JSON.parse(JSON.stringify(template), (_, value) =>
    typeof value === "string" ? value.replaceAll(/\$\{([\w.]+)\}/g, fill) : value,
  );
}
