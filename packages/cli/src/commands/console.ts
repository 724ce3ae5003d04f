import { shown } from "@lastgood/core/adapter";
import type { Arguments } from "../arguments/arguments.ts";
import { PLACE_OPTIONS } from "../arguments/options.ts";
import { UsageError } from "../arguments/usage-error.ts";
import { readListen } from "../serve/listen.ts";
import { withDatastore } from "../stores/with-datastore.ts";
import type { Command } from "./command.ts";

const DEFAULT_LISTEN = { host: "127.0.0.1", port: 8081 };

export const consoleCommand: Command = {
  name: "console",
  synopsis: "",
  summary: "a page about the backups, on loopback",
  details: [
    "Serves a page at http://127.0.0.1:8081 that shows which keys are served from their backup and why, and every record. It asks for no password, so it listens on loopback alone: from elsewhere, come through ssh -L. SIGINT and SIGTERM stop it.",
  ],
  options: ["listen", "actions", ...PLACE_OPTIONS],
  ownHelp: { listen: "PORT or LOOPBACK_ADDRESS:PORT to listen on (127.0.0.1:8081); port 0 takes a free one" },
  async run(args) {
    args.positionals();
    const listen = readLoopback(args);
    const actions = args.flag("actions");
    // Other commands need no server, and start faster without it.
    const { runConsole } = await import("../serve/run-console.ts");
    return await withDatastore(args, { usesCache: actions }, ({ datastore }) => runConsole(datastore, { listen, actions }));
  },
};

function readLoopback(args: Arguments): { readonly host: string; readonly port: number } {
  const listen = readListen(args, DEFAULT_LISTEN);
  if (/^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/.test(listen.host)) return listen;
  throw new UsageError(`--listen ${shown(listen.host)} is not on loopback: the console asks for no password. Come through ssh -L, or mount @lastgood/console behind your own authentication`);
}
