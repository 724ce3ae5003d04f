import { PLACE_OPTIONS } from "../arguments/options.ts";
import { UsageError } from "../arguments/usage-error.ts";
import { readListen } from "../serve/listen.ts";
import { findPlaces } from "../stores/places.ts";
import type { Command } from "./command.ts";

/** Loopback unless told otherwise. */
const DEFAULT_LISTEN = { host: "127.0.0.1", port: 8080 };
const MOST_BYTES = 250 * 2 ** 20;

export const serve: Command = {
  name: "serve",
  synopsis: "UPSTREAM",
  summary: "the last good answers of an HTTP server",
  details: [
    "Programs ask http://127.0.0.1:8080 in place of UPSTREAM. GET and HEAD are answered as HTTP caching allows; when UPSTREAM fails, its last good answer stands in, and Cache-Status says so. Other methods pass through. It goes to no other server.",
    "The console is at /-/lastgood for this machine, and /-/lastgood/health answers to anyone.",
    "SIGINT and SIGTERM stop it: it answers what is under way, and writes the backups that are owed.",
  ],
  options: ["listen", "ttl", "fallback-ttl", "max-stale", "timeout", "max-bytes", "max-request", "disobey", "workers", ...PLACE_OPTIONS],
  async run(args) {
    const [text] = args.positionals("UPSTREAM");
    const upstream = readUpstream(text);
    const options = {
      ttl: args.duration("ttl"),
      fallbackTtl: args.duration("fallback-ttl"),
      maxStale: args.duration("max-stale"),
      timeout: args.positiveDuration("timeout"),
      maxBytes: args.size("max-bytes", MOST_BYTES),
      maxRequestBytes: args.size("max-request", Number.MAX_SAFE_INTEGER),
      obey: !args.flag("disobey"),
    };
    const listen = readListen(args, DEFAULT_LISTEN);
    const workers = readWorkers(args.count("workers") ?? 1);
    const places = findPlaces(args, args.text("cache") !== undefined);
    // Other commands need no server, and start faster without it.
    const { runServer } = await import("../serve/run-server.ts");
    return await runServer(upstream, { listen, places, options, workers });
  },
};

const MOST_WORKERS = 256;

function readWorkers(count: number): number {
  if (count >= 1 && count <= MOST_WORKERS) return count;
  throw new UsageError(`--workers is ${count}, and can be 1 to ${MOST_WORKERS}: one for each core is enough`);
}

function readUpstream(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new UsageError("UPSTREAM cannot be read: write a URL that begins with http:// or https://");
  if (url.username !== "" || url.password !== "") throw new UsageError("UPSTREAM has a user name in it: clients send their own credentials");
  if (url.search !== "" || url.hash !== "") throw new UsageError("UPSTREAM has a query or a fragment in it: write the URL that all paths are added to");
  return url;
}
