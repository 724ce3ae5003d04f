import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { codeOf, messageOf } from "@lastgood/core/adapter";
import { EXIT } from "../terminal/exit-codes.ts";
import { interruptible, Interruption } from "../terminal/interruption.ts";
import { say } from "../terminal/say.ts";
import type { Listen } from "./listen.ts";

/** How long requests under way may take once the proxy is told to stop: milliseconds. */
const STOP_TIMEOUT = 10_000;

/**
 * Listens until a signal stops it. Resolves with the exit code. `describe` makes the line that says where it listens. `until` is what stops it
 * in place of a signal to this process.
 */
export async function serveUntilStopped(server: Server, listen: Listen, describe: ((address: string) => string) | undefined, until: typeof interruptible = interruptible): Promise<number> {
  try {
    await until(async (signal) => {
      await startListening(server, listen);
      if (describe !== undefined) say(describe(addressOf(server)));
      await aborted(signal);
    });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof Interruption) return await stop(server);
    say(`cannot listen on ${listen.host}:${listen.port}: ${codeOf(error) ?? messageOf(error)}`);
    return EXIT.refused;
  }
}

async function startListening(server: Server, { host, port }: Listen): Promise<void> {
  server.listen(port, host);
  await once(server, "listening"); // rejects with the error
}

function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo; // of a server that listens on a port
  return showAddress(address, port, family === "IPv6");
}

export function showAddress(host: string, port: number, isIPv6: boolean): string {
  return `http://${isIPv6 ? `[${host}]` : host}:${port}`;
}

/** Rejects when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Answers what is under way, and nothing new. */
async function stop(server: Server): Promise<number> {
  const closed = once(server, "close");
  server.close();
  // A connection is idle once its last answer is out.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const impatience = setTimeout(() => server.closeAllConnections(), STOP_TIMEOUT);
  await closed;
  clearInterval(idle);
  clearTimeout(impatience);
  return EXIT.ok;
}
