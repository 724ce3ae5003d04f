import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { HOST } from "./ports.mjs";

/** @typedef {import("./catalogue.mjs").Probe} Probe */

/** For a machine that is busy with other things; a server that is well takes a hundredth of it. */
const PATIENCE_MS = 60_000;

/**
 * Waits until the server answers as it should.
 * @param {number} port
 * @param {Probe} probe
 * @param {() => Error | undefined} died Says why, once there is nothing left to wait for.
 */
export async function untilReady(port, probe, died) {
  const deadline = performance.now() + PATIENCE_MS;
  let said = "";
  while (performance.now() < deadline) {
    said = await ask(port, probe);
    // Looked at first: on a port that was taken somebody else may answer.
    const why = died();
    if (why) throw why;
    if (said.includes(probe.expect)) return;
    await pause(20);
  }
  throw new Error(`The server on port ${port} did not become ready: it should say "${probe.expect}" and said "${said}"`);
}

/**
 * @param {number} port
 * @param {Probe} probe
 * @returns {Promise<string>} What the server says, until it has said what it should, or for a second.
 */
export function ask(port, { send, expect, tls = false }) {
  return new Promise((resolve) => {
    // A certificate made a moment ago is signed by nobody.
    const socket = tls ? connectTls({ port, host: HOST, rejectUnauthorized: false }) : connect(port, HOST);
    let said = "";
    socket.setEncoding("latin1").setTimeout(1_000, () => socket.destroy());
    socket.on("data", (/** @type {string} */ text) => {
      said += text;
      if (said.includes(expect)) socket.destroy();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(said));
    socket.write(send, "latin1");
  });
}
