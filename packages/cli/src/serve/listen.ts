import { isIP } from "node:net";
import { shown } from "@lastgood/core/adapter";
import type { Arguments } from "../arguments/arguments.ts";
import { UsageError } from "../arguments/usage-error.ts";

/** Where a server listens. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** `--listen`, or this default. An address that is left out is the default's. */
export function readListen(args: Arguments, byDefault: Listen): Listen {
  const text = args.text("listen");
  if (text === undefined) return byDefault;
  const [, host = byDefault.host, port = ""] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  const name = host.replace(/^\[(.*)\]$/, "$1");
  if (port === "" || Number(port) > 65_535 || (name !== "localhost" && isIP(name) === 0)) {
    throw new UsageError(`--listen ${shown(text)} is no address: write HOST:PORT or PORT, such as 127.0.0.1:8080, [::1]:8080 or 8080`);
  }
  return { host: name, port: Number(port) };
}
