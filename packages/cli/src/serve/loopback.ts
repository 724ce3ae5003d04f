import type { IncomingMessage } from "node:http";

/** Whether the client has named this machine. A page of another site may reach it by a name of its own that leads here. */
export function namesLoopback({ headers: { host = "" } }: IncomingMessage): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i.test(host);
}
