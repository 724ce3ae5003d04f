import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const PROGRAM = fileURLToPath(new URL("run.mjs", import.meta.url));
const PAGE = new URL("../../site/pages/three-in-the-morning.md", import.meta.url);
const PICTURES = new URL("../../docs/three-in-the-morning/", import.meta.url);

it("the run of the page goes through its outage, no visitor is without an answer, and it prints what the page shows", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, "--check"], { timeout: 100_000 });
  expect(stdout).toMatch(/^[1-9]\d* requests of visitors were answered, and 0 were not$/m);
}, 120_000);

it("the page shows every picture of the run, and each is small", async () => {
  const page = await readFile(PAGE, "utf8");
  const pictures = await readdir(PICTURES);
  expect(pictures.toSorted()).toEqual(Array.from(page.matchAll(/three-in-the-morning\/([\w-]+\.(?:png|svg))\)/g), ([, name]) => name).toSorted());
  for (const picture of pictures) expect((await stat(new URL(picture, PICTURES))).size, picture).toBeLessThan(150_000);
});
