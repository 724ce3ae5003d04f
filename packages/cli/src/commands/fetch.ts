import { shown } from "@lastgood/core/adapter";
import { answer } from "../answers/answer.ts";
import { answerOptions } from "../answers/answer-options.ts";
import { checkOutput } from "../answers/output-check.ts";
import type { Arguments } from "../arguments/arguments.ts";
import { ANSWER_OPTIONS, JSON_ANSWERS } from "../arguments/options.ts";
import { UsageError } from "../arguments/usage-error.ts";
import { urlKey } from "../stores/keys.ts";
import type { Command } from "./command.ts";

export const fetchUrl: Command = {
  name: "fetch",
  synopsis: "URL",
  summary: "the last good body of a URL",
  details: [
    "A request fails when there is no connection, when the status is not a success, when the answer takes too long or breaks off, and when the body is refused. Redirects are followed; proxies are not used. If the server sent an ETag or Last-Modified, later requests are conditional. Retry-After says how long a backup stands in. For any other kind of request, use run with another program.",
    "Without --key, the key is the URL; for --method HEAD, it is HEAD and the URL.",
  ],
  options: [...ANSWER_OPTIONS, "header", "method", "follow", "ok-status", "obey"],
  ownHelp: JSON_ANSWERS,
  async run(args) {
    const [text] = args.positionals("URL");
    const url = parseUrl(text);
    const method = readMethod(args.text("method") ?? "GET");
    const options = answerOptions(args, () => (method === "HEAD" ? `HEAD ${url.href}` : url.href));
    // Other commands need no HTTP, and start faster without it.
    const { urlLoader } = await import("../sources/url-loader.ts");
    const loader = urlLoader(url, {
      method,
      maxBytes: options.maxBytes,
      headers: readHeaders(args),
      follow: args.count("follow") ?? 20,
      okStatuses: args.statuses("ok-status") ?? [],
      obey: args.flag("obey"),
      check: (body) => checkOutput(body, options.expected),
    });
    return await answer(loader, options);
  },
};

function readMethod(text: string): "GET" | "HEAD" {
  const method = text.toUpperCase();
  if (method === "GET" || method === "HEAD") return method;
  throw new UsageError(`--method is ${shown(text)}, and can be GET or HEAD: other methods change things`);
}

/** Conditions are lastgood's own to send, and a part of a body is no answer. */
const OWN_HEADERS = new Set(["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range"]);

function readHeaders(args: Arguments): [name: string, value: string][] {
  return args.texts("header").map((text) => {
    // The value may be a secret, and is not shown.
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new UsageError("a --header cannot be read: write a name, a colon and a value, such as 'Accept: text/plain'");
    if (OWN_HEADERS.has(name.toLowerCase())) throw new UsageError(`--header ${name} cannot be sent: lastgood sends its own conditions, and asks for whole bodies`);
    return [name, value];
  });
}

function parseUrl(text: string): URL {
  const key = urlKey(text);
  if (key === undefined) throw new UsageError("the URL cannot be read: write one that begins with http:// or https://");
  const url = new URL(key);
  if (url.username !== "" || url.password !== "") {
    throw new UsageError("the URL has a user name in it, and messages show URLs: use run with a program that takes it in another way");
  }
  return url;
}
