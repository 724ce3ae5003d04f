/**
 * Runs the tests of backup-s3 against a real S3 server, Ceph's gateway, which is too large for every run of the tests: the emulator should
 * not be the only judge. Installs it where it is missing, on Debian as root.
 */

import { spawnSync } from "node:child_process";
import { install } from "../services/src/index.mjs";
import { root, stopwatch } from "./lib/run.mjs";

const FILES = ["conformance", "datastore", "wild"].map((name) => `packages/backup-s3/test/${name}.test.ts`);

/** What is not asked of it, by the names of the tests, and why. */
const LEFT_OUT = {
  "a bucket that is (read-only|forbidden)": "rights are given by calls that the emulator alone knows",
  "default encryption": "Ceph encrypts with the keys of a separate key server, which is not here",
  "in another region": "this gateway has one region",
};

const elapsed = stopwatch();
console.log(`ceph  ${await install("ceph")}, ${elapsed()}`);
for (const [tests, why] of Object.entries(LEFT_OUT)) console.log(`ceph  left out: ${tests}, because ${why}`);
const names = `^(?!.*(${Object.keys(LEFT_OUT).join("|")}))`;
const { status } = spawnSync("npx", ["vitest", "run", "-t", names, ...FILES], { cwd: root, stdio: "inherit", env: { ...process.env, LASTGOOD_TEST_S3: "ceph" } });
process.exitCode = status ?? 1;
