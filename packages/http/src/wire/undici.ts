// In this order.
export { PlatformResponse } from "./platform.ts";
import { isError } from "@lastgood/core/adapter";
import { Agent, buildConnector, type Dispatcher } from "undici";

export { request as send } from "undici";

// undici takes a connection that is reset for one that is closed, where a body ends with its connection (client-h1.js, ECONNRESET): half a
// body would pass for a whole one. By another code it is an error.
const RESET = "ECONNRESET";
const RESET_AS_ERROR = "ECONNRESET in a body";

const connectPlainly = buildConnector({});

const connect: typeof connectPlainly = (options, callback) =>
  connectPlainly(options, (...outcome) => {
    const [error, socket] = outcome;
    if (error === null) socket.prependListener("error", (fault) => renameCode(fault, RESET, RESET_AS_ERROR));
    callback(...outcome);
  });

/** Gives the error of a reset connection its own code back. */
export function restoreCode(error: unknown): void {
  if (isError(error)) renameCode(error, RESET_AS_ERROR, RESET);
}

function renameCode(error: Error, from: string, to: string): void {
  if ("code" in error && error.code === from) error.code = to;
}

let own: Dispatcher | undefined;

/**
 * Where requests go unless `dispatcher` says otherwise. Not the dispatcher of the process: the undici of Node 20 takes a chunked body without its
 * last chunk for a whole one.
 */
export function ownDispatcher(): Dispatcher {
  return (own ??= new Agent({ connect }));
}
