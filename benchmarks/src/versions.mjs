/** What a run was made with. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";

/** @returns {[what: string, version: string][]} */
export function versions() {
  const [cpu] = cpus();
  return [
    ["machine", `${cpus().length} × ${cpu?.model.trim() ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB`],
    ["system", `${type()} ${release()}`],
    ["Node", process.version],
    ["Redis", firstMatch("redis-server", /v=([\d.]+)/)],
    ["Memcached", firstMatch("memcached", /memcached ([\d.]+)/)],
    ["nginx", debianVersion("nginx-light")],
    ["wrk", debianVersion("wrk")],
    ["S3", "moto, which is a server of Python: compare nothing of it with a real one"],
    ...packages(),
  ];
}

/** @param {string} program @param {RegExp} pattern */
function firstMatch(program, pattern) {
  try {
    return pattern.exec(execFileSync(program, ["--version"], { encoding: "utf8" }))?.[1] ?? "?";
  } catch {
    return "not installed";
  }
}

/** @param {string} name Of a package whose program has no --version. */
function debianVersion(name) {
  try {
    return execFileSync("dpkg-query", ["-W", "-f=${Version}", name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "not installed";
  }
}

/** Those of others, as they are installed. @returns {[string, string][]} */
function packages() {
  const folder = new URL("../", import.meta.url);
  const { devDependencies } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  return Object.keys(devDependencies)
    .filter((name) => !name.startsWith("@lastgood/"))
    .map((name) => [name, JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, folder), "utf8")).version]);
}
