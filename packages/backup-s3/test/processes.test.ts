import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { interpose } from "./support/interposer.ts";
import { S3Server } from "./support/store.ts";

let server: S3Server;
beforeAll(async () => {
  server = await S3Server.start();
});
afterAll(() => server.stop());

it("a client that the adapter has made keeps no process alive: a script that never calls close ends", async () => {
  const bucket = await server.newBucket();
  // The emulator closes its connections. This proxy keeps them open, as S3 does.
  const between = await interpose(server.service.url);
  const script = fileURLToPath(new URL("processes/write-and-leave.mjs", import.meta.url));
  // The emulator's credentials, as an object and not as a function of the SDK.
  const config = JSON.stringify({ ...server.config, endpoint: between.url });
  const child = spawn(process.execPath, [script, config, bucket], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  expect(await once(child, "close")).toEqual([0, null]);
  expect(output).toBe("behind\n");
});
