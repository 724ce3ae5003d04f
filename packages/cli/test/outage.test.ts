import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const DEMO = fileURLToPath(new URL("../../../examples/outage/outage.mjs", import.meta.url));

it("the demo keeps every promise of the outage that the README begins with", { timeout: 240_000 }, async () => {
  const demo = spawn(process.execPath, [DEMO], { stdio: ["ignore", "pipe", "pipe"] });
  const [transcript, complaints] = await Promise.all([text(demo.stdout), text(demo.stderr), once(demo, "close")]);
  expect(complaints).toBe("");
  expect(transcript.match(/^ +FAIL .*$/gm) ?? []).toEqual([]);
  expect(transcript.match(/^ +PASS .*$/gm)).toHaveLength(36);
  expect(demo.exitCode).toBe(0);
});
